"""Page records in, paper records out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from services.common.errors import Rejected
from services.common.outcomes import InputRecord, Outcome
from services.common.topics import PAPERS
from services.ingest.drift import OUT_OF_STEP
from services.ingest.layouts.layout import PARTIAL
from services.ingest.origin import source
from services.ingest.parsing import BAD_ITEM, REFUSED, Parsed, refused
from services.ingest.quota import Quota

OVER_QUOTA = "quota"

REASONS = (
    "empty_page",
    "page_too_large",
    "bad_compression",
    "not_text",
    "too_deep",
    "entity_declarations",
    "unknown_layout",
    "ambiguous_layout",
    "too_many_papers",
    "too_many_bad_items",
    "field_too_long",
    BAD_ITEM,
    OVER_QUOTA,
    PARTIAL,
    OUT_OF_STEP,
    "parse_too_slow",
    "parse_too_large",
    "parser_crashed",
)
"""Why a page, or with ``bad_item`` a part of one, becomes a dead letter."""

BEGIN_SECONDS = 20.0
"""How long pages of a batch are begun: a lane that is silent for minutes counts as stuck."""

log = structlog.get_logger()


class Parses(Protocol):
    """Reads pages, some of them side by side."""

    async def parsed(self, record: InputRecord, *, before: float) -> Parsed | None:
        """Give what becomes of a page, or None if it could not be begun before that time."""


class IngestHandler:
    """Splits each page into its papers; one that cannot be read is a dead letter.

    Args:
        parsers: read the pages.
        quota: of the process, or None where a source may give any number of papers.
    """

    def __init__(self, parsers: Parses, quota: Quota | None = None) -> None:
        self._parsers = parsers
        self._quota = quota

    async def __call__(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        """Give one outcome a page, in their order; the last ones wait if the others take long."""
        answers = await self._answers(records)
        if self._quota is not None:
            self._quota.begin(records[0].partition, records[0].offset)
        outcomes = []
        for record, answer in zip(records, answers, strict=True):
            if answer is None:
                break
            allowed = answer if self._quota is None else _within(self._quota, record, answer)
            _tell(record, allowed)
            outcomes.append(allowed.outcome)
        return outcomes

    async def _answers(self, records: Sequence[InputRecord]) -> Sequence[Parsed | None]:
        before = time.monotonic() + BEGIN_SECONDS
        pages = [
            asyncio.ensure_future(self._parsers.parsed(record, before=before)) for record in records
        ]
        try:
            return [await page for page in pages]
        finally:
            for page in pages:
                page.cancel()


def _within(quota: Quota, record: InputRecord, answer: Parsed) -> Parsed:
    """Give the answer, or a dead letter in its place where the page's source gives too much."""
    papers = sum(message.topic == PAPERS.name for message in answer.outcome.messages)
    left = quota.take(
        source(record),
        papers,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
    )
    if left is None:
        return answer
    detail = f"{papers} papers, but of {quota.most} within the hour its source has {left} left"
    return refused(record, Rejected(OVER_QUOTA, detail))


def _tell(record: InputRecord, answer: Parsed) -> None:
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    level = logging.WARNING if answer.event == REFUSED else logging.INFO
    log.log(level, answer.event, **answer.facts, **where)
