"""What becomes of page records."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Sequence

import cramjam
import pytest

from services.common import codec
from services.common.identity import page_id
from services.common.outcomes import InputRecord, Outcome, header
from services.common.records import Paper
from services.common.topics import HEADER_ROOM, RECORD_BYTES
from services.ingest.form import Form
from services.ingest.handler import BEGIN_SECONDS, REASONS, IngestHandler
from services.ingest.layouts import table
from services.ingest.layouts.layout import BadItem, Layout, ListedPaper, Listing, Match
from services.ingest.parsers import ENDS
from services.ingest.parsing import Parsed, parsed
from services.ingest.quota import Quota
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


class Here:
    """Reads pages in this process."""

    def __init__(self, limits: IngestSection, layouts: Sequence[Layout] = table.LAYOUTS) -> None:
        self._limits = limits
        self._layouts = layouts

    async def parsed(self, record: InputRecord, *, before: float) -> Parsed | None:
        return parsed(record, self._limits, self._layouts)


HANDLER = IngestHandler(Here(IngestSection(page_bytes=200_000, papers_per_page=20)))


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
    "page_too_large": [b"a" * 200_001, gzip.compress(b"a" * 200_001)],
    "bad_compression": [gzip.compress(blocks_page(pairs(2)).encode())[:-9]],
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

    handler = IngestHandler(Here(IngestSection(), (layout("a"), layout("b"))))
    (outcome,) = await handler([PageRecord(b"page")])
    assert outcome.rejected == ("ambiguous_layout",)


def listing_layout(listing: Listing) -> Layout:
    """Give a layout that reads this off every page of text."""
    return Layout("invented", Form.TEXT, lambda _: Match("its mark"), lambda _: listing)


async def test_a_bad_item_is_a_dead_letter_of_its_own_and_the_page_goes_on() -> None:
    listing = Listing(
        papers=(ListedPaper(title(1), abstract(1)),),
        bad_items=(BadItem(2, '{"größe": ', "no JSON"), BadItem(5, "[]", "no object")),
    )
    handler = IngestHandler(Here(IngestSection(), [listing_layout(listing)]))
    record = PageRecord(b"page", key=b"crawl", headers=(("ce_source", b"s"),))
    (outcome,) = await handler([record])
    assert (outcome.verdict, outcome.rejected) == ("parsed", ("bad_item", "bad_item"))
    paper, *letters = outcome.messages
    assert codec.decode(paper.value, Paper).title == title(1)
    assert [(letter.topic, letter.key, letter.value) for letter in letters] == [
        ("dead-letter", b"crawl", '{"größe": '.encode()),
        ("dead-letter", b"crawl", b"[]"),
    ]
    headers = [dict(letter.headers) for letter in letters]
    assert [each["headrace.item"] for each in headers] == [b"2", b"5"]
    assert {each["headrace.reason"] for each in headers} == {b"bad_item"}
    assert [each["__connect.errors.exception.message"] for each in headers] == [
        b"no JSON",
        b"no object",
    ]
    assert {each["ce_source"] for each in headers} == {b"s"}


@pytest.mark.parametrize(("count", "reason"), [(3, "bad_item"), (4, "too_many_bad_items")])
async def test_a_page_with_too_many_bad_items_is_refused_whole(count: int, reason: str) -> None:
    listing = Listing(papers=(), bad_items=(BadItem(1, "a", "no JSON"),) * count)
    limits = IngestSection(bad_items_per_page=3)
    handler = IngestHandler(Here(limits, [listing_layout(listing)]))
    (outcome,) = await handler([PageRecord(b"page")])
    assert set(outcome.rejected) == {reason}
    assert len(outcome.messages) == (3 if count == 3 else 1)


SHIFTED = tuple(ListedPaper(title(number), abstract(number + 1)) for number in range(8))
HELD = {
    "partial": Listing(papers=(ListedPaper(title(1), abstract(1)),), declared=2),
    "out_of_step": Listing(papers=SHIFTED),
}


@pytest.mark.parametrize(("flag", "listing"), HELD.items())
async def test_a_page_that_is_not_as_it_should_be_is_flagged_or_held(
    flag: str, listing: Listing
) -> None:
    layouts = [listing_layout(listing)]
    (flagged,) = await IngestHandler(Here(IngestSection(), layouts))([PageRecord(b"page")])
    assert [flag in paper.flags for paper in decoded(flagged)] == [True] * len(listing.papers)
    limits = IngestSection.model_validate({f"{flag}_pages": "hold"})
    (held,) = await IngestHandler(Here(limits, layouts))([PageRecord(b"page")])
    assert (held.verdict, held.rejected) == ("dead_letter", (flag,))
    assert held.measures == flagged.measures != ()


async def test_a_page_that_is_as_it_should_be_is_never_held() -> None:
    limits = IngestSection(partial_pages="hold", out_of_step_pages="hold")
    (outcome,) = await IngestHandler(Here(limits))([PageRecord(lines_page(pairs(8)).encode())])
    assert outcome.verdict == "parsed"


async def test_a_page_beyond_its_source_s_quota_is_a_dead_letter_that_can_be_fed_again() -> None:
    handler = IngestHandler(Here(IngestSection()), Quota(5))
    pages = [
        PageRecord(lines_page(pairs(count)).encode(), key=key, offset=offset)
        for offset, (count, key) in enumerate([(3, b"a"), (3, b"a"), (3, b"b"), (2, b"a")])
    ]
    outcomes = await handler(pages)
    assert [outcome.rejected for outcome in outcomes] == [(), ("quota",), (), ()]
    (letter,) = outcomes[1].messages
    assert (letter.key, letter.value) == (b"a", pages[1].value)
    told = header(PageRecord(None, headers=letter.headers), "__connect.errors.exception.message")
    assert told == b"3 papers, but of 5 within the hour its source has 2 left"


async def test_pages_that_are_handled_again_after_an_abort_count_once() -> None:
    handler = IngestHandler(Here(IngestSection()), Quota(5))
    pages = [
        PageRecord(lines_page(pairs(count)).encode(), key=b"a", offset=offset)
        for offset, count in enumerate([3, 3, 2, 1])
    ]
    first = [outcome.rejected for outcome in await handler(pages)]
    assert first == [(), ("quota",), (), ("quota",)]
    assert [outcome.rejected for outcome in await handler(pages)] == first
    assert [outcome.rejected for outcome in await handler(pages[2:])] == first[2:]


async def test_a_page_that_lists_nothing_gives_nothing() -> None:
    handler = IngestHandler(Here(IngestSection(), [listing_layout(Listing(papers=()))]))
    (outcome,) = await handler([PageRecord(b"page")])
    assert (outcome.verdict, outcome.messages, outcome.rejected) == ("parsed", (), ())


def test_every_reason_has_a_test() -> None:
    tested = {*BAD, *HELD, "ambiguous_layout", "bad_item", "too_many_bad_items", "quota"}
    assert {*tested, *ENDS} == set(REASONS)


async def test_a_page_at_the_limits_goes_through() -> None:
    page = lines_page(pairs(20)).encode()
    handler = IngestHandler(Here(IngestSection(page_bytes=len(page), papers_per_page=20)))
    (outcome,) = await handler([PageRecord(page)])
    assert len(outcome.messages) == 20


async def test_the_longest_fields_fit_into_a_record() -> None:
    filler = ("\U00010400\\" * 25_000)[:49_000]
    links = "We propose https://a.bc/ " * 40
    page = blocks_page([(title(1), (filler + links)[:50_000])]).encode()
    handler = IngestHandler(Here(IngestSection()))
    (outcome,) = await handler(
        [PageRecord(page, headers=(("ce_source", b"\xf0\x90\x90\x80" * 2_000),))]
    )
    (message,) = outcome.messages
    assert message.value is not None
    assert 150_000 < len(message.value) < RECORD_BYTES - HEADER_ROOM


async def test_the_page_id_is_of_the_bytes_as_captured() -> None:
    page = blocks_page(pairs(2)).encode()
    said = (("content-encoding", b"br"),)
    packed = [
        PageRecord(gzip.compress(page)),
        PageRecord(bytes(cramjam.brotli.compress(page)), headers=said),
    ]
    for record in packed:
        (outcome,) = await HANDLER([record])
        papers = decoded(outcome)
        assert [(paper.title, paper.abstract) for paper in papers] == pairs(2)
        assert {paper.page.page_id for paper in papers} == {page_id(record.value or b"")}


async def test_bytes_that_are_not_utf8_flag_every_paper_of_the_page() -> None:
    page = blocks_page(pairs(2)).encode().replace(b"Winters", b"W\xefnters", 1)
    (outcome,) = await HANDLER([PageRecord(page)])
    assert [paper.flags for paper in decoded(outcome)] == [("invalid_utf8",)] * 2
    assert "W\ufffdnters" in (decoded(outcome)[0].title or "")


async def test_pages_that_were_not_begun_in_time_are_left_for_the_next_time() -> None:
    class Slow(Here):
        async def parsed(self, record: InputRecord, *, before: float) -> Parsed | None:
            assert 0 < before - time.monotonic() <= BEGIN_SECONDS
            return None if record.offset > 3 else await super().parsed(record, before=before)

    handler = IngestHandler(Slow(IngestSection()))
    page = lines_page(pairs(2)).encode()
    outcomes = await handler([PageRecord(page, offset=offset) for offset in range(2, 9)])
    assert [len(outcome.messages) for outcome in outcomes] == [2, 2]


async def test_pages_are_asked_for_together_and_given_up_together() -> None:
    class Waiting:
        asked = given_up = 0

        async def parsed(self, record: InputRecord, *, before: float) -> Parsed | None:
            self.asked += 1
            try:
                await asyncio.sleep(3_600)
            except asyncio.CancelledError:
                self.given_up += 1
                raise
            return None

    waiting = Waiting()
    handling = asyncio.ensure_future(IngestHandler(waiting)([PageRecord(b"")] * 3))
    await asyncio.sleep(0.01)
    handling.cancel()
    await asyncio.wait([handling])
    await asyncio.sleep(0)
    assert (waiting.asked, waiting.given_up) == (3, 3)


async def test_a_dead_letter_says_what_was_tried_for_each_layout_of_the_pages_form() -> None:
    (outcome,) = await HANDLER([PageRecord(b"hello")])
    (letter,) = outcome.messages
    said = header(PageRecord(None, headers=letter.headers), "__connect.errors.exception.message")
    assert said is not None
    asked = [layout.name for layout in table.LAYOUTS if layout.form is Form.TEXT]
    assert asked
    assert all(name in said.decode() for name in asked)
