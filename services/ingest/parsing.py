"""What becomes of one page: a value in and a value out, so that it can be worked out anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.common import codec
from services.common.dead_letters import dead_letter, item_letter, refuse
from services.common.errors import Rejected
from services.common.outcomes import Headers, InputRecord, Measure, Message, Outcome, header
from services.common.records import Paper
from services.common.topics import HEADER_ROOM, PAPERS, RECORD_BYTES
from services.ingest.drift import OUT_OF_STEP
from services.ingest.figures import figures
from services.ingest.layouts.layout import PARTIAL, BadItem, Layout
from services.ingest.layouts.table import LAYOUTS
from services.ingest.origin import captured_at, origin, source
from services.ingest.papers import papers
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection

STAGE = "ingest"

BAD_ITEM = "bad_item"

PARSED = "page_parsed"
REFUSED = "page_refused"

Fact = int | str | tuple[str, ...]


class PageRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A page record as it goes to another process; the fields are those of ``InputRecord``."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Parsed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The outcome of a page, and what is to be logged of it: an event's name and its facts."""

    outcome: Outcome
    event: str
    facts: dict[str, Fact]


def parsed(
    record: InputRecord, limits: IngestSection, layouts: Sequence[Layout] = LAYOUTS
) -> Parsed:
    """Give what becomes of one page."""
    try:
        reading = page_reading(record, limits, layouts)
    except Rejected as rejected:
        return refused(record, rejected)
    measures = figures(reading, source(record))
    if (held := _held(reading, limits)) is not None:
        return refused(record, held, measures)
    found, bad = papers(reading, origin(record)), reading.listing.bad_items
    return Parsed(
        outcome=Outcome(
            verdict="parsed",
            messages=(*map(_message, found), *(_letter(record, item) for item in bad)),
            rejected=(BAD_ITEM,) * len(bad),
            measures=measures,
        ),
        event=PARSED,
        facts={
            "layout": reading.layout,
            "papers": len(found),
            "bad_items": len(bad),
            "ignored_lines": reading.listing.ignored_lines,
            "flags": reading.flags,
        },
    )


def page_record(record: InputRecord) -> PageRecord:
    """Give a record as it goes to another process."""
    return PageRecord(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )


def refused(record: InputRecord, rejected: Rejected, measures: tuple[Measure, ...] = ()) -> Parsed:
    """Give what becomes of a page that is a dead letter."""
    outcome = refuse(record, rejected, stage=STAGE)
    return Parsed(
        outcome=msgspec.structs.replace(outcome, measures=measures),
        event=REFUSED,
        facts={"reason": rejected.reason, "detail": rejected.detail},
    )


def _held(reading: Reading, limits: IngestSection) -> Rejected | None:
    """Say why a page that was read is held back all the same, where it is."""
    measures = reading.measures
    if PARTIAL in reading.flags and limits.partial_pages == "hold":
        declared = "an unknown number" if measures.declared is None else measures.declared
        return Rejected(PARTIAL, f"{measures.papers} papers were read, {declared} declared")
    if OUT_OF_STEP in reading.flags and limits.out_of_step_pages == "hold":
        share = f"{measures.out_of_step:.0%}"
        return Rejected(OUT_OF_STEP, f"{share} of the titles fit a neighbour's abstract better")
    return None


def page_reading(
    record: InputRecord, limits: IngestSection, layouts: Sequence[Layout] = LAYOUTS
) -> Reading:
    """Read a page with what its record says of it.

    Raises:
        Rejected: see ``read``.
    """
    return read(
        record.value,
        limits=limits,
        content_type=_text(record, "content-type"),
        content_encoding=_text(record, "content-encoding"),
        captured_at=captured_at(record),
        layouts=layouts,
    )


def _letter(record: InputRecord, item: BadItem) -> Message:
    """Give the dead letter of an item; fed again, it is a page of its own."""
    letter = dead_letter(record, Rejected(BAD_ITEM, item.detail), stage=STAGE)
    return item_letter(letter, item.content.encode(errors="replace"), number=item.number)


def _text(record: InputRecord, name: str) -> str | None:
    value = header(record, name)
    return None if value is None else value.decode("ascii", errors="replace")


def _message(paper: Paper) -> Message:
    value = codec.encode(paper)
    # Two fields of 50,000 characters, at most four bytes each, and their links: half of the limit.
    assert len(value) <= RECORD_BYTES - HEADER_ROOM, f"a paper of {len(value)} bytes"
    return Message(topic=PAPERS.name, key=paper.wording_id.encode("ascii"), value=value)
