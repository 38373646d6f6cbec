from __future__ import annotations

from functools import partial

from services.cli import silent_pages
from services.cli.accounts import Entry, Input
from services.cli.silent_pages import heard, read_again
from services.ingest.parsing import page_reading
from services.ingest.settings import IngestSection
from tests.invented_pages import EMPTY_LAYOUT, EMPTY_PAGE, PageRecord, lines_page, pairs

PAGE = Entry(topic="pages", place="t.pages/0/0", partition=0, offset=0)


def output(topic: str, offset: int, **facts: object) -> Entry:
    source = Input("g.ingest", "t.pages", 0, offset)
    return Entry(topic=topic, place="", partition=0, offset=9, input=source, **facts)


def test_a_page_is_heard_by_its_papers_or_its_own_dead_letter():
    entries = [
        output("papers", 1),
        output("dead-letter", 2),
        output("dead-letter", 3, is_item=True),
        Entry(topic="papers", place="", partition=0, offset=9),
    ]
    assert {each.offset for each in heard(entries)} == {1, 2}


def test_a_page_that_lists_papers_is_found_out():
    record = PageRecord(lines_page(pairs(3)).encode())
    again = read_again(PAGE, record, IngestSection())
    assert (again.papers_on_page, again.bad_items) == (3, 0)


def test_a_page_that_lists_none_says_so(monkeypatch):
    monkeypatch.setattr(
        silent_pages, "page_reading", partial(page_reading, layouts=(EMPTY_LAYOUT,))
    )
    again = read_again(PAGE, PageRecord(EMPTY_PAGE), IngestSection())
    assert (again.papers_on_page, again.bad_items) == (0, 0)


def test_a_page_that_cannot_be_read_tells_nothing():
    for body in (None, b"", b"no listing at all"):
        assert read_again(PAGE, PageRecord(body), IngestSection()) == PAGE
