"""Feeds are read, and nothing is fetched or opened for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ingest.syndication import feed

ITEM = "<item><title>Sand \u00e9</title></item>"
RSS = f'<rss version="2.0"><channel><title>S</title>{ITEM}</channel></rss>'


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        yield server


@pytest.mark.parametrize(
    "page",
    [
        "{at}",
        " {at} ",
        '<!DOCTYPE rss SYSTEM "{at}/a.dtd">' + RSS,
        '<?xml-stylesheet href="{at}/a.xsl"?>' + RSS,
        RSS.replace("<channel>", '<channel xml:base="{at}"><link>{at}</link><image>{at}</image>'),
    ],
)
def test_no_address_is_fetched(listener: socket.socket, page: str) -> None:
    feed(page.replace("{at}", f"http://127.0.0.1:{listener.getsockname()[1]}"))
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_no_file_is_opened(tmp_path: Path, form: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(RSS)
    found = feed(form.format(path=path))
    assert found is not None
    assert list(found.entries) == []


def test_the_encoding_that_a_decoded_page_declares_does_not_matter() -> None:
    found = feed(f'\n<?xml version="1.0" encoding="iso-8859-1"?>{RSS}')
    assert found is not None
    assert [entry["title"] for entry in found.entries] == ["Sand \u00e9"]


@pytest.mark.parametrize(
    "broken",
    [
        "<georss:where>1</georss:where>",
        "<item><title>&#x110000;</title></item>",
        "<item><title>&#xD800;</title></item>",
        "<item><title>&#99999999999999999999;</title></item>",
        "<item></textinput></item>",
    ],
)
def test_a_feed_that_its_parser_fails_on_is_none_or_read(broken: str) -> None:
    found = feed(RSS.replace(ITEM, broken + ITEM + "&"))
    assert found is None or len(found.entries) > 0


def test_a_character_that_there_is_not_fails() -> None:
    assert feed(RSS.replace("Sand", "&#x110000; &")) is None
