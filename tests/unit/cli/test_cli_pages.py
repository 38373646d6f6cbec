from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from services.cli.pages import saved_pages
from services.common.errors import Fatal
from services.common.topics import PAGE_BYTES

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def pages(*files, source=None, content_type=None):
    return saved_pages([str(file) for file in files], source=source, content_type=content_type)


@pytest.fixture
def stdin(monkeypatch):
    def put(body: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(body)))

    return put


def test_a_page_is_named_after_its_file_and_typed_by_its_ending(tmp_path):
    file = tmp_path / "list of today.html"
    file.write_bytes(b"<html>")
    (page,) = pages(file)
    headers = dict(page.headers(NOW))
    assert page.key == headers["ce_source"] == b"list of today.html"
    assert headers["content-type"] == b"text/html"
    assert headers["ce_time"] == b"2026-01-02T03:04:05.678+00:00"
    assert page.content() == b"<html>"


def test_options_name_and_type_every_page(tmp_path):
    file = tmp_path / "a.html"
    file.write_bytes(b"x")
    (page,) = pages(file, source="https://example.org/new", content_type="text/markdown")
    headers = dict(page.headers(NOW))
    assert page.key == b"https://example.org/new"
    assert headers["content-type"] == b"text/markdown"


def test_an_unknown_or_compressed_ending_gives_no_content_type(tmp_path):
    for name in ("page", "page.html.gz"):
        (tmp_path / name).write_bytes(b"x")
        (page,) = pages(tmp_path / name)
        assert "content-type" not in dict(page.headers(NOW))


def test_every_record_has_an_id_of_its_own(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"x")
    (page,) = pages(file)
    assert dict(page.headers(NOW))["ce_id"] != dict(page.headers(NOW))["ce_id"]


def test_a_page_of_the_full_size_passes_and_a_byte_more_does_not(tmp_path):
    full, over = tmp_path / "full", tmp_path / "over"
    full.write_bytes(bytes(PAGE_BYTES))
    over.write_bytes(bytes(PAGE_BYTES + 1))
    assert len(pages(full)[0].content()) == PAGE_BYTES
    with pytest.raises(Fatal, match=r"nothing was sent:\n  .*over: 8,388,609 bytes; 8 MiB is"):
        pages(full, over)


def test_every_file_that_cannot_be_a_page_is_named_at_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(Fatal) as caught:
        pages(tmp_path, tmp_path / "missing", pipe, "-", "-")
    lines = str(caught.value).splitlines()[1:]
    assert [line.split(": ", 1)[1].split(";")[0] for line in lines] == [
        "is a folder",
        "there is no such file",
        "is no ordinary file",
        "standard input can be read only once",
    ]


def test_standard_input_is_a_page(stdin):
    stdin(b"a page")
    (page,) = pages("-")
    assert (page.source, page.content()) == ("stdin", b"a page")


def test_too_long_a_standard_input_is_refused(stdin):
    stdin(bytes(PAGE_BYTES + 1))
    with pytest.raises(Fatal, match="-: more than 8 MiB"):
        pages("-")


def test_a_file_that_grew_too_large_meanwhile_is_refused(tmp_path):
    file = tmp_path / "growing"
    file.write_bytes(b"x")
    (page,) = pages(file)
    file.write_bytes(bytes(PAGE_BYTES + 1))
    with pytest.raises(Fatal, match="8 MiB is the most"):
        page.content()


def test_a_file_that_went_away_meanwhile_is_named(tmp_path):
    file = tmp_path / "going"
    file.write_bytes(b"x")
    (page,) = pages(file)
    file.unlink()
    with pytest.raises(Fatal, match="going: No such file"):
        page.content()


def test_a_file_name_that_is_no_utf8_is_no_obstacle(tmp_path):
    file = tmp_path / os.fsdecode(b"caf\xe9.txt")
    file.write_bytes(b"x")
    (page,) = pages(file)
    assert page.key == b"caf?.txt"
