from __future__ import annotations

import base64
import json

from services.cli import lines
from services.common.reader import read


def parsed(text):
    return [json.loads(line) for line in text.splitlines()]


async def test_a_topic_becomes_a_file_line_by_line(world, tmp_path):
    records = [("pages", f"page {number}".encode(), []) for number in range(5)]
    await world.write(*records)
    result = await world.run("export", "--topic", "pages", "--output", str(tmp_path / "a.jsonl"))
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    found = parsed((tmp_path / "a.jsonl").read_text())
    assert [base64.b64decode(line["value"]) for line in found] == [r[1] for r in records]
    assert [line["offset"] for line in found] == list(range(5))
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


async def test_standard_output_holds_nothing_but_the_lines(world):
    await world.write(("papers", b'{"title": "On rivers"}', [("a", b"b")]))
    result = await world.run("export", "--topic", "papers")
    (line,) = parsed(result.stdout)
    assert line["value"] == {"title": "On rivers"}
    assert line["headers"] == {"a": "b"}


async def test_an_export_is_the_records_as_a_reader_sees_them(world):
    await world.work("ingest", {0: 0}, [("papers", b"1", []), ("papers", b"2", [])])
    await world.work("ingest", {0: 0}, [("papers", b"3", [])], end="open")
    await world.work("ingest", {0: 0}, [("papers", b"4", [])])
    name = world.cluster.full_name("papers")
    expected = [
        lines.as_json(record)
        async for batch in read(world.cluster.clients, name)
        for record in batch
    ]
    result = await world.run("export", "--topic", "papers")
    assert result.stdout.encode().splitlines() == expected
    assert [line["value"] for line in parsed(result.stdout)] == [1, 2, 4]


async def test_an_empty_topic_gives_an_empty_file(world, tmp_path):
    await world.run("export", "-t", "enriched", "-o", str(tmp_path / "a.jsonl"))
    assert (tmp_path / "a.jsonl").read_bytes() == b""


async def test_a_file_that_cannot_be_written_is_named(world, tmp_path):
    result = await world.run("export", "-t", "pages", "-o", str(tmp_path / "no" / "a.jsonl"))
    assert "a.jsonl cannot be written: No such file or directory" in str(result.exception)
