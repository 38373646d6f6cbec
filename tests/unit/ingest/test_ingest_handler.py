"""What becomes of page records."""

from __future__ import annotations

import asyncio

import pytest

from services.common import codec
from services.common.outcomes import Outcome, header
from services.common.records import Paper
from services.common.topics import HEADER_ROOM, RECORD_BYTES
from services.ingest.form import Form
from services.ingest.handler import REASONS, IngestHandler
from services.ingest.layouts import table
from services.ingest.layouts.layout import Layout, ListedPaper, Listing, Match
from services.ingest.settings import IngestSection
from tests.invented_pages import (
    PageRecord,
    abstract,
    abstracts_page,
    blocks_page,
    lines_page,
    pairs,
    title,
)

HANDLER = IngestHandler(IngestSection(page_bytes=200_000, papers_per_page=20))


def decoded(outcome: Outcome) -> list[Paper]:
    return [codec.decode(message.value, Paper) for message in outcome.messages]


async def test_a_page_becomes_a_message_for_each_paper() -> None:
    record = PageRecord(
        blocks_page([*pairs(3), *pairs(1)]).encode(),
        key=b"crawl",
        headers=(("ce_source", b"https://example.org"), ("ce_time", b"2031-05-06T07:08:09Z")),
    )
    (outcome,) = await HANDLER([record])
    assert (outcome.verdict, outcome.rejected) == ("parsed", ())
    papers = decoded(outcome)
    assert [(paper.title, paper.abstract) for paper in papers] == [*pairs(3), *pairs(1)]
    assert [message.topic for message in outcome.messages] == ["papers"] * 4
    assert [message.key for message in outcome.messages] == [
        paper.wording_id.encode() for paper in papers
    ]
    assert papers[0].wording_id == papers[3].wording_id
    assert papers[3].page.position == 3
    assert papers[3].page.layout == "huggingface_blocks"
    assert (papers[3].page.topic, papers[3].page.partition) == ("listings.pages.v1", 2)


async def test_outcomes_come_in_the_order_of_the_records() -> None:
    values = [
        abstracts_page(2).encode(),
        None,
        lines_page(pairs(3)).encode(),
        b"no listing at all",
    ]
    outcomes = await HANDLER([PageRecord(value) for value in values])
    assert [outcome.verdict for outcome in outcomes] == [
        "parsed",
        "dead_letter",
        "parsed",
        "dead_letter",
    ]
    assert [len(outcome.messages) for outcome in outcomes] == [2, 1, 3, 1]


BAD: dict[str, list[bytes | None]] = {
    "empty_page": [None, b"", b" \r\n\t"],
    "page_too_large": [b"a" * 200_001],
    "too_deep": [b"[" * 100 + b"]" * 100],
    "entity_declarations": [b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    "not_text": [
        b"\x00" + abstract(1).encode(),
        abstract(1).encode("utf-16"),
        bytes(range(1, 256)),
    ],
    "unknown_layout": [b"hello", blocks_page([*pairs(2), ("Odd.", abstract(1))]).encode()],
    "too_many_papers": [lines_page(pairs(21)).encode(), abstracts_page(21).encode()],
    "field_too_long": [blocks_page([(title(1), "We show peat. " * 4_000)]).encode()],
}


@pytest.mark.parametrize(("reason", "value"), [(r, v) for r, vs in BAD.items() for v in vs])
async def test_a_page_that_cannot_be_read_is_a_dead_letter(
    reason: str, value: bytes | None
) -> None:
    (outcome,) = await HANDLER([PageRecord(value, key=b"crawl")])
    assert (outcome.verdict, outcome.rejected) == ("dead_letter", (reason,))
    (letter,) = outcome.messages
    assert (letter.topic, letter.key, letter.value) == ("dead-letter", b"crawl", value or b"")
    stages = [found for name, found in letter.headers if name == "__connect.errors.stage"]
    assert stages == [b"ingest"]


async def test_an_ambiguous_page_is_a_dead_letter() -> None:
    def layout(name: str) -> Layout:
        listing = Listing(papers=(ListedPaper(name, None),))
        return Layout(name, Form.TEXT, lambda _: Match("its mark"), lambda _: listing)

    handler = IngestHandler(IngestSection(), (layout("a"), layout("b")))
    (outcome,) = await handler([PageRecord(b"page")])
    assert outcome.rejected == ("ambiguous_layout",)


def test_every_reason_has_a_test() -> None:
    assert {*BAD, "ambiguous_layout"} == set(REASONS)


async def test_a_page_at_the_limits_goes_through() -> None:
    page = lines_page(pairs(20)).encode()
    handler = IngestHandler(IngestSection(page_bytes=len(page), papers_per_page=20))
    (outcome,) = await handler([PageRecord(page)])
    assert len(outcome.messages) == 20


async def test_the_longest_fields_fit_into_a_record() -> None:
    filler = ("\U00010400\\" * 25_000)[:49_000]
    links = "We propose https://a.bc/ " * 40
    page = blocks_page([(title(1), (filler + links)[:50_000])]).encode()
    handler = IngestHandler(IngestSection())
    (outcome,) = await handler(
        [PageRecord(page, headers=(("ce_source", b"\xf0\x90\x90\x80" * 2_000),))]
    )
    (message,) = outcome.messages
    assert message.value is not None
    assert 150_000 < len(message.value) < RECORD_BYTES - HEADER_ROOM


async def test_bytes_that_are_not_utf8_flag_every_paper_of_the_page() -> None:
    page = blocks_page(pairs(2)).encode().replace(b"Winters", b"W\xefnters", 1)
    (outcome,) = await HANDLER([PageRecord(page)])
    assert [paper.flags for paper in decoded(outcome)] == [("invalid_utf8",)] * 2
    assert "W\ufffdnters" in (decoded(outcome)[0].title or "")


async def test_the_event_loop_goes_on_while_a_large_page_is_read() -> None:
    handler = IngestHandler(IngestSection())
    page = lines_page(pairs(4_000)).encode()
    reading = asyncio.ensure_future(handler([PageRecord(page)]))
    turns = 0
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    assert len((await reading)[0].messages) == 4_000
    assert turns > 10


async def test_a_dead_letter_says_what_was_tried_for_each_layout_of_the_pages_form() -> None:
    (outcome,) = await HANDLER([PageRecord(b"hello")])
    (letter,) = outcome.messages
    said = header(PageRecord(None, headers=letter.headers), "__connect.errors.exception.message")
    assert said is not None
    asked = [layout for layout in table.LAYOUTS if layout.form is Form.TEXT]
    assert all(layout.name in said.decode() for layout in asked)
