from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import pytest

from services.common.outcomes import header
from services.common.reader import read
from services.common.topics import PAGE_BYTES


async def pages(world):
    name = world.cluster.full_name("pages")
    return [record async for batch in read(world.cluster.clients, name) for record in batch]


async def test_each_file_is_one_record_with_its_headers(world, tmp_path):
    (tmp_path / "a.html").write_bytes(b"<html>a")
    (tmp_path / "b.txt").write_bytes(b"b")
    fed = await world.run_json("feed", str(tmp_path / "a.html"), str(tmp_path / "b.txt"))
    found = {(record.partition, record.offset): record for record in await pages(world)}
    assert len(found) == len(fed) == 2
    for each, body, kind in zip(
        fed, (b"<html>a", b"b"), (b"text/html", b"text/plain"), strict=True
    ):
        record = found[each["partition"], each["offset"]]
        assert (record.key, record.value) == (each["source"].encode(), body)
        assert header(record, "ce_source") == record.key
        assert header(record, "content-type") == kind
        assert len(header(record, "ce_id")) == 36


async def test_pages_of_one_source_keep_their_order(world, tmp_path):
    files = [tmp_path / f"{number:02}" for number in range(40)]
    for file in files:
        file.write_bytes(file.name.encode())
    fed = await world.run_json("feed", *map(str, files), "--source", "one")
    assert len({each["partition"] for each in fed}) == 1
    assert [record.value.decode() for record in await pages(world)] == [f.name for f in files]


async def test_nothing_is_sent_where_one_file_is_too_large(world, tmp_path):
    (tmp_path / "good").write_bytes(b"a page")
    (tmp_path / "large").write_bytes(bytes(PAGE_BYTES + 1))
    result = await world.run("feed", str(tmp_path / "good"), str(tmp_path / "large"))
    assert result.exit_code != 0
    assert "large: 8,388,609 bytes; 8 MiB is the most" in str(result.exception)
    assert await pages(world) == []


async def test_a_page_of_the_full_size_arrives_whole(world, tmp_path):
    body = os.urandom(PAGE_BYTES)
    (tmp_path / "full").write_bytes(body)
    await world.run_json("feed", str(tmp_path / "full"))
    (record,) = await pages(world)
    assert record.value == body


async def test_standard_input_is_one_page(world):
    result = await world.run("feed", "-", "--source", "https://example.org", stdin=b"a\nb\n")
    assert result.exit_code == 0, result.output
    (record,) = await pages(world)
    assert (record.key, record.value) == (b"https://example.org", b"a\nb\n")


async def test_an_empty_page_is_a_page(world, tmp_path):
    (tmp_path / "empty").touch()
    await world.run_json("feed", str(tmp_path / "empty"))
    (record,) = await pages(world)
    assert record.value == b""


async def test_a_missing_topic_is_told_with_what_makes_it(world, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADRACE_TOPICS__VERSION", "v9")
    (tmp_path / "a").write_bytes(b"a page")
    result = await world.run("feed", str(tmp_path / "a"))
    assert "pages.v9" in str(result.exception)
    assert "`headrace topics create`" in str(result.exception)


async def test_topics_are_created_once_and_shown(world, monkeypatch):
    assert all(topic["partitions"] > 0 for topic in await world.run_json("topics", "show"))
    assert (await world.run_json("topics", "create")) == {"created": []}
    monkeypatch.setenv("HEADRACE_TOPICS__VERSION", "v9")
    missing = await world.run("topics", "show", "--json")
    assert missing.exit_code == 1
    assert all(topic["partitions"] == 0 for topic in json.loads(missing.stdout))
    assert len((await world.run_json("topics", "create"))["created"]) == 6


@pytest.mark.parametrize("as_json", [True, False])
async def test_tail_follows_what_comes(world, tmp_path, as_json):
    (tmp_path / "a.txt").write_bytes(b"a page")
    await world.run_json("feed", str(tmp_path / "a.txt"), "--source", "before")
    args = ["tail", "pages", *(["--json"] if as_json else [])]
    tail = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *args,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        # A suite that is itself run in the background of a shell ignores Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        assert b"Following pages" in await tail.stderr.readline()
        line = asyncio.create_task(tail.stdout.readline())
        # It says that it follows before it has found the end: feed until it sees one.
        while not (await asyncio.wait([line], timeout=0.2))[0]:
            await world.run_json("feed", str(tmp_path / "a.txt"), "--source", "after")
        text = (await line).decode()
        assert json.loads(text)["key"] == "after" if as_json else "6 bytes from after" in text
        tail.send_signal(signal.SIGINT)
        _, rest = await tail.communicate()
    finally:
        if tail.returncode is None:
            tail.kill()
    assert b"Traceback" not in rest
