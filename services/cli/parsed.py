"""What a saved page would become, found out without Kafka."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.cli.pages import STDIN, SavedPage
from services.common.errors import Rejected
from services.common.identity import page_id
from services.common.records import Paper
from services.ingest.detect import Opinion
from services.ingest.layouts.layout import Match
from services.ingest.papers import Origin, papers
from services.ingest.reading import Reading, opinions, read
from services.ingest.settings import IngestSection


@dataclass(frozen=True, slots=True)
class Parsed:
    """One page: its reading with the papers, or why it would be a dead letter.

    Args:
        file: the page's name.
        seconds: that detection and parsing took.
        outcome: the reading, or the refusal.
        papers: the records that ingest would write.
        opinions: what every layout says of the page; none where it is no text at all.
    """

    file: str
    seconds: float
    outcome: Reading | Rejected
    papers: tuple[Paper, ...]
    opinions: tuple[Opinion, ...]


def parsed(page: SavedPage, limits: IngestSection) -> Parsed:
    """Read a saved page as ingest would; its captured time is the file's."""
    body = page.content()
    captured_at = _saved_at(page.file)
    started = time.perf_counter()
    try:
        reading = read(body, limits=limits, content_type=page.content_type, captured_at=captured_at)
    except Rejected as refused:
        seconds = time.perf_counter() - started
        said = opinions(body, limits=limits, content_type=page.content_type)
        return Parsed(page.file, seconds, refused, (), said)
    seconds = time.perf_counter() - started
    origin = Origin(page_id(body), page.source, captured_at, topic="", partition=0, offset=0)
    return Parsed(page.file, seconds, reading, papers(reading, origin), reading.opinions)


def as_json(found: Parsed) -> dict[str, Any]:
    """Give it for a program."""
    head = {"file": found.file, "seconds": round(found.seconds, 6)}
    said = [
        {
            "layout": opinion.layout.name,
            "matches": isinstance(opinion.answer, Match),
            "reason": opinion.answer.reason,
        }
        for opinion in found.opinions
    ]
    match found.outcome:
        case Rejected() as refused:
            why = {"reason": refused.reason, "detail": refused.detail}
            return head | {"layout": None, "refused": why, "opinions": said}
        case reading:
            return head | {
                "layout": reading.layout,
                "reason": reading.reason,
                "declared": reading.listing.declared,
                "flags": reading.flags,
                "bad_items": reading.listing.bad_items,
                "measures": reading.measures,
                "opinions": said,
                "papers": found.papers,
            }


def flags(found: Sequence[Paper]) -> str:
    """Give the flags of papers, the most frequent first, each with how many have it."""
    counts: dict[str, int] = {}
    for paper in found:
        for flag in paper.flags:
            counts[flag] = counts.get(flag, 0) + 1
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{flag} {count}" for flag, count in ranked)


def _saved_at(file: str) -> datetime:
    if file == STDIN:
        return datetime.now(UTC)
    return datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
