"""A page of eight times the size takes about eight times as long; a hostile one ends as well.

CPU time of this process, not the clock's: other work on the machine does not count.
"""

from __future__ import annotations

import time

import pytest

from services.common.errors import Rejected
from services.common.topics import PAGE_BYTES
from services.ingest.handler import REASONS
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection
from tests.unit.ingest.grown import grown
from tests.unit.ingest.test_ingest_fixtures import FIXTURES

TIMES = 8
LARGE = PAGE_BYTES * 7 // 8
"""In characters, some of which take more than one byte."""

LARGEST = {"feed": 400_000}
"""Of the layouts that read no more than some items of a page."""

MOST_OF_LINEAR = 3
"""A linear parser takes 8 times as long, one with a square in it 64 times."""

TRIES = 3
HOSTILE_SECONDS = 30
"""Of CPU time; half a million lines of JSON took 7 s. A square in it would take hours."""

LIMITS = IngestSection(papers_per_page=10_000_000, bad_items_per_page=10_000)
WITH_PAGES = sorted({fixture.expected["layout"] for fixture in FIXTURES})
ONE_PAPER = "citation_page"
"""Its references are repeated, not its papers."""

HOSTILE = {
    "divisions": "<div>",
    "definitions": "<dl><dt><dd>",
    "paragraphs": "<html><p>",
    "formats": "<html><b><i>",
    "links": "<html><a href=https://aclanthology.org/>",
    "entries": '<div class="d-sm-flex align-items-stretch"><a href=//aclanthology.org/x/>',
    "empty_entries": '<p class="d-sm-flex align-items-stretch"><a href=//aclanthology.org/x/></a>',
    "anchors": "<html><a href=https://aclanthology.org/></a>",
    "tags": "<meta name=citation_title content=x><meta name=citation_author content=y>",
    "scripts": '<script type=application/ld+json>{"@type": "ScholarlyArticle"}</script>',
    "unclosed_scripts": "<html><script>",
    "unclosed_comments": "<html><!--",
    "unclosed_attributes": '<a x="',
    "elements": "<rss><item>",
    "empty_items": "<rss><item></item>",
    "brackets": "[",
    "braces": '{"a":',
    "numbers": "[1,",
    "lines_of_json": '{"title": "x"}\n',
    "rules": "\\\\\n",
    "identifiers": "\\\\\narXiv:2101.00001\n",
    "entries_of_bibtex": "@a{",
    "open_entries_of_bibtex": "@a{b,c={",
    "spaces": "x" + " " * 1023,
    "blank_lines": "x" + "\n" * 1023,
    "one_line": "x",
    "headings": "### [",
    "links_of_markdown": "[x](",
    "brackets_of_markdown": "### [x](https://huggingface.co/papers/2101.00001)\n",
    "digits": "7",
    "dots": "2101.",
    "ampersands": "&",
    "smaller": "<",
    "at_signs": "@",
    "backslashes": "\\",
    "dollars": "$x ",
}


def cpu_seconds(body: bytes) -> tuple[float, Reading | None]:
    """Read a page; give how long it took and what came of it, None where it was refused."""
    reading, reason = None, REASONS[0]
    start = time.process_time()
    try:
        reading = read(body, limits=LIMITS)
    except Rejected as rejected:
        reason = rejected.reason
    taken = time.process_time() - start
    assert reason in REASONS
    return taken, reading


def pages(layout: str) -> tuple[bytes, bytes]:
    """Give a small and a large page of the layout's fixture with the most papers."""
    own = [fixture for fixture in FIXTURES if fixture.expected["layout"] == layout]
    for fixture in sorted(own, key=lambda one: -len(one.expected["papers"])):
        most = LARGEST.get(layout, LARGE)
        small, large = grown(fixture, most // TIMES), grown(fixture, most)
        if small is not None and large is not None:
            return small.encode(), large.encode()
    raise AssertionError(f"no page of {layout} can be grown: see ITEM_STARTS")


@pytest.mark.parametrize("layout", WITH_PAGES)
def test_time_grows_with_the_page_and_no_faster(layout: str) -> None:
    small, large = pages(layout)
    most = MOST_OF_LINEAR * len(large) / len(small)
    (quick, few), (slow, many) = cpu_seconds(small), cpu_seconds(large)
    for _ in range(TRIES - 1):
        if slow <= most * quick:
            break
        quick, slow = min(quick, cpu_seconds(small)[0]), min(slow, cpu_seconds(large)[0])
    print(f"{layout}: {len(large)} bytes in {slow:.2f} s, {slow / quick:.1f} times the small page")
    assert slow <= most * quick
    assert few is not None
    assert many is not None
    assert few.layout == many.layout == layout
    grew = len(many.listing.papers) > TIMES / 2 * len(few.listing.papers) > TIMES
    assert grew or layout == ONE_PAPER


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_is_read_or_refused_in_bounded_time(name: str) -> None:
    unit = HOSTILE[name]
    start = "<html>" if unit.startswith("<html>") else ""
    unit = unit.removeprefix(start)
    body = (start + unit * ((PAGE_BYTES - len(start)) // len(unit))).encode()
    taken, reading = cpu_seconds(body)
    print(f"{name}: {taken:.2f} s, {reading and reading.layout}")
    assert taken < HOSTILE_SECONDS
