"""Page records in, paper records out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from services.common import codec
from services.common.dead_letters import refuse
from services.common.errors import Rejected
from services.common.outcomes import InputRecord, Message, Outcome, header
from services.common.records import Paper
from services.common.topics import HEADER_ROOM, PAPERS, RECORD_BYTES
from services.ingest.layouts.layout import Layout
from services.ingest.layouts.table import LAYOUTS
from services.ingest.origin import captured_at, origin
from services.ingest.papers import papers
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection

STAGE = "ingest"

REASONS = (
    "empty_page",
    "page_too_large",
    "not_text",
    "too_deep",
    "entity_declarations",
    "unknown_layout",
    "ambiguous_layout",
    "too_many_papers",
    "field_too_long",
)
"""Why a page becomes a dead letter."""

log = structlog.get_logger()


class IngestHandler:
    """Splits each page into its papers; one that cannot be read is a dead letter."""

    def __init__(self, limits: IngestSection, layouts: Sequence[Layout] = LAYOUTS) -> None:
        self._limits = limits
        self._layouts = layouts

    async def __call__(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        """Give one outcome a page, in their order.

        A page of 8 MiB takes seconds, so every page is read in a thread: the lane's heartbeats and
        the health endpoint go on.
        """
        return [await asyncio.to_thread(self.outcome, record) for record in records]

    def outcome(self, record: InputRecord) -> Outcome:
        """Give what becomes of one page."""
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        try:
            reading = self._read(record)
        except Rejected as rejected:
            log.warning("page_refused", reason=rejected.reason, detail=rejected.detail, **where)
            return refuse(record, rejected, stage=STAGE)
        found = papers(reading, origin(record))
        log.info(
            "page_parsed",
            layout=reading.layout,
            papers=len(found),
            ignored_lines=reading.listing.ignored_lines,
            flags=reading.flags,
            **where,
        )
        return Outcome(verdict="parsed", messages=tuple(map(_message, found)))

    def _read(self, record: InputRecord) -> Reading:
        declared = header(record, "content-type")
        content_type = None if declared is None else declared.decode("ascii", errors="replace")
        return read(
            record.value,
            limits=self._limits,
            content_type=content_type,
            captured_at=captured_at(record),
            layouts=self._layouts,
        )


def _message(paper: Paper) -> Message:
    value = codec.encode(paper)
    # Two fields of 50,000 characters, at most four bytes each, and their links: half of the limit.
    assert len(value) <= RECORD_BYTES - HEADER_ROOM, f"a paper of {len(value)} bytes"
    return Message(topic=PAPERS.name, key=paper.wording_id.encode("ascii"), value=value)
