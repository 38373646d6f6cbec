"""What is fuzzed: bytes are read by one layout, or by all, and what comes out is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from services.common import codec
from services.common.errors import Rejected
from services.common.identity import page_id
from services.common.records import Paper
from services.ingest.handler import REASONS
from services.ingest.layouts.layout import Layout
from services.ingest.layouts.table import LAYOUTS
from services.ingest.papers import Origin, papers
from services.ingest.reading import read
from services.ingest.settings import IngestSection

CAPTURED_AT = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
LIMITS = IngestSection(papers_per_page=2_000)
ALL = "all"


def target(name: str) -> Callable[[bytes], int]:
    """Give the target of a layout, or of all of them together.

    It gives how many papers came out of the bytes, and raises for whatever must not be.
    """
    layouts = LAYOUTS if name == ALL else [one for one in LAYOUTS if one.name == name]
    return lambda body: _read(body, layouts)


def _read(body: bytes, layouts: Sequence[Layout]) -> int:
    try:
        reading = read(body, limits=LIMITS, captured_at=CAPTURED_AT, layouts=layouts)
    except Rejected as refused:
        if refused.reason not in REASONS:
            raise
        return 0
    origin = Origin(page_id(body), "fuzz", CAPTURED_AT, topic="pages", partition=0, offset=0)
    found = papers(reading, origin)
    for paper in found:
        _check(paper)
    return len(found)


def _check(paper: Paper) -> None:
    """See that a record can be written, be read again, and be shown."""
    assert codec.decode(codec.encode(paper), Paper) == paper
    assert paper.title or paper.abstract
    for text in (paper.title, paper.abstract, *paper.authors):
        assert text is None or (text == text.strip() and "\n" not in text and text)
        assert not any("\x00" <= character < " " for character in text or "")
    assert paper.arxiv_id is None or " " not in paper.arxiv_id
    assert paper.doi is None or paper.doi == paper.doi.lower()
    links = paper.links
    assert all(
        one.lower().startswith(("http://", "https://"))
        for one in (*links.paper, *links.code, *links.other)
    )
