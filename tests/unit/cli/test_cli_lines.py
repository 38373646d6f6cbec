from __future__ import annotations

import base64
import json

from services.cli import lines
from services.common.dead_letters import refuse
from services.common.errors import Rejected
from tests.invented import Record, paper, record_of


def test_a_json_value_is_parsed():
    record = record_of(paper("a", title="On [b]rivers[/b]"), offset=7, partition=2)
    line = json.loads(lines.as_json(record))
    assert list(line) == ["topic", "partition", "offset", "timestamp", "key", "headers", "value"]
    assert (line["topic"], line["partition"], line["offset"]) == ("listings.papers.v1", 2, 7)
    assert line["key"] == line["value"]["wording_id"]
    assert line["value"]["title"] == "On [b]rivers[/b]"


def test_a_value_that_is_no_json_is_base64_and_says_so():
    body = b"A title\n\nAn abstract.\n\xff"
    line = json.loads(lines.as_json(Record(body)))
    assert line["encoding"] == "base64"
    assert base64.b64decode(line["value"]) == body


def test_pretty_printed_json_becomes_one_line():
    assert b"\n" not in lines.as_json(Record(b'{\n "a": [\n1]}'))


def test_a_null_value_stays_null():
    line = json.loads(lines.as_json(Record(None)))
    assert line["value"] is None
    assert "encoding" not in line


def test_a_deeply_nested_value_is_base64():
    line = json.loads(lines.as_json(Record(b"[" * 100_000)))
    assert line["encoding"] == "base64"


def test_keys_and_headers_that_are_no_text_are_base64():
    record = Record(b"1", b"\xff", headers=(("a", b"x"), ("a", b"y"), ("b", b"\xfe")))
    line = json.loads(lines.as_json(record))
    assert line["key"] == {"base64": "/w=="}
    assert line["headers"] == {"a": "y", "b": {"base64": "/g=="}}


def test_the_gist_of_a_paper_is_its_title():
    assert lines.gist(record_of(paper("a", title="On rivers"), offset=3)).endswith("  On rivers")


def test_the_gist_of_a_page_is_its_size_and_source():
    record = Record(b"x" * 1500, b"key", headers=(("ce_source", b"https://example.org"),))
    assert "1,500 bytes from https://example.org" in lines.gist(record)


def test_the_gist_of_a_dead_letter_is_its_reason():
    page = Record(b"", b"key")
    outcome = refuse(page, Rejected("empty_page", "nothing is on it"), stage="ingest")
    headers = outcome.messages[0].headers
    assert "empty_page: nothing is on it" in lines.gist(Record(b"", headers=headers))


def test_the_gist_holds_nothing_that_a_terminal_obeys():
    gist = lines.gist(record_of(paper("a", title="\x1b]0;owned\x07 \x9b31m\nnext\u202e")))
    assert gist.isprintable()
    assert "owned" in gist
