from __future__ import annotations

from functools import partial

from services.cli import silent_pages
from services.cli.accounts import Entry, Input
from services.cli.books import Books
from services.cli.silent_pages import read_again
from services.ingest.parsing import page_reading
from services.ingest.settings import IngestSection
from tests.invented_pages import EMPTY_LAYOUT, EMPTY_PAGE, PageRecord, lines_page, pairs

PAGE = Entry(topic="pages", place="t.pages/0/0", partition=0, offset=0)


def output(topic: str, number: int, of: int | None, **facts: object) -> Entry:
    source = None if of is None else Input("g.ingest", "t.pages", 0, of)
    return Entry(
        topic=topic,
        place=f"t.{topic}/0/{number}",
        partition=0,
        offset=number,
        input=source,
        **facts,
    )


def test_a_page_is_heard_by_its_papers_or_its_own_dead_letter():
    entries = [
        output("papers", 0, 1),
        output("dead-letter", 0, 2),
        output("dead-letter", 1, 3, is_item=True),
        output("papers", 1, None),
    ]
    with Books() as books:
        books.add(entries)
        pages = [Input("g.ingest", "t.pages", 0, offset) for offset in range(5)]
        assert [page.offset for page in pages if books.heard(page)] == [1, 2]


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
