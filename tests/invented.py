"""Invented papers and input records for the tests."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from services.cli import invented
from services.common.codec import encode
from services.common.identity import wording_id
from services.common.outcomes import Headers
from services.common.records import Page, Paper


@dataclass(frozen=True)
class Record:
    """An input record as Kafka would give it."""

    value: bytes | None
    key: bytes | None = None
    topic: str = "listings.papers.v1"
    partition: int = 0
    offset: int = 0
    timestamp: int = 1_700_000_000_000
    headers: Headers = ()


def page(**changes: object) -> Page:
    """Give a page's coordinates, with the changes that a test is about."""
    fields: dict[str, object] = {
        "page_id": "0" * 32,
        "source": "invented",
        "captured_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "layout": "invented",
        "date_label": None,
        "position": 0,
        "papers_on_page": 1,
        "topic": "listings.pages.v1",
        "partition": 0,
        "offset": 0,
    }
    return Page(**{**fields, **changes})  # type: ignore[arg-type]


def paper(seed: object, *, words: int = 60, **changes: object) -> Paper:
    """Give the invented paper of a seed: the same seed, the same words."""
    source = random.Random(str(seed))
    title, abstract = invented.title(source), invented.abstract(source, words)
    fields: dict[str, object] = {"title": title, "abstract": abstract, "page": page()}
    fields |= changes
    fields.setdefault("wording_id", wording_id(fields["title"], fields["abstract"]))  # type: ignore[arg-type]
    return Paper(**fields)  # type: ignore[arg-type]


def record_of(paper: Paper, *, offset: int = 0, partition: int = 0) -> Record:
    """Give the record of a paper on ``papers``."""
    return Record(encode(paper), paper.wording_id.encode(), offset=offset, partition=partition)
