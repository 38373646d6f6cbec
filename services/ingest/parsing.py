"""What becomes of one page: a value in and a value out, so that it can be worked out anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.common import codec
from services.common.dead_letters import refuse
from services.common.errors import Rejected
from services.common.outcomes import Headers, InputRecord, Message, Outcome, header
from services.common.records import Paper
from services.common.topics import HEADER_ROOM, PAPERS, RECORD_BYTES
from services.ingest.layouts.layout import Layout
from services.ingest.layouts.table import LAYOUTS
from services.ingest.origin import captured_at, origin
from services.ingest.papers import papers
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection

STAGE = "ingest"

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
        reading = _read(record, limits, layouts)
    except Rejected as rejected:
        return refused(record, rejected)
    found = papers(reading, origin(record))
    return Parsed(
        outcome=Outcome(verdict="parsed", messages=tuple(map(_message, found))),
        event=PARSED,
        facts={
            "layout": reading.layout,
            "papers": len(found),
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


def refused(record: InputRecord, rejected: Rejected) -> Parsed:
    """Give what becomes of a page that is a dead letter."""
    return Parsed(
        outcome=refuse(record, rejected, stage=STAGE),
        event=REFUSED,
        facts={"reason": rejected.reason, "detail": rejected.detail},
    )


def _read(record: InputRecord, limits: IngestSection, layouts: Sequence[Layout]) -> Reading:
    return read(
        record.value,
        limits=limits,
        content_type=_text(record, "content-type"),
        content_encoding=_text(record, "content-encoding"),
        captured_at=captured_at(record),
        layouts=layouts,
    )


def _text(record: InputRecord, name: str) -> str | None:
    value = header(record, name)
    return None if value is None else value.decode("ascii", errors="replace")


def _message(paper: Paper) -> Message:
    value = codec.encode(paper)
    # Two fields of 50,000 characters, at most four bytes each, and their links: half of the limit.
    assert len(value) <= RECORD_BYTES - HEADER_ROOM, f"a paper of {len(value)} bytes"
    return Message(topic=PAPERS.name, key=paper.wording_id.encode("ascii"), value=value)
