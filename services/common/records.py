"""The records on the topics: frozen, validated where bytes become a record.

A change is additive; anything else makes a ``.v2`` topic.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Annotated

import msgspec

Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", description="16 bytes in hexadecimal")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0)]


FORGOTTEN = "forgotten"
"""The flag of a paper that was taken down: a record on ``unique`` that has no words any more."""


class Kind(enum.Enum):
    """What a listing says of a paper, where it says anything."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"


class Verdict(enum.Enum):
    """What dedupe decided of one paper record."""

    NEW = "new"
    EXACT = "exact"
    NEAR = "near"
    REVISED = "revised"


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of a paper; http and https only."""

    paper: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """Another paper that is much alike and yet another paper."""

    paper_id: Id
    similarity: Share


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Where a paper was seen: a captured page, and the place on it.

    ``page_id`` is BLAKE2b-128 of the page's bytes; ``topic``, ``partition`` and ``offset`` are its
    coordinates; ``position`` counts the papers on the page from 0.
    """

    page_id: Id
    source: str
    captured_at: datetime
    layout: str
    date_label: str | None
    position: Count
    papers_on_page: Count
    topic: str
    partition: Count
    offset: Count


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One listed paper; on ``unique`` with the paper id that dedupe gave it.

    ``title`` and ``abstract`` are as on the page: NFC, white space collapsed, nothing else changed.
    ``wording_id`` is of these two (see ``identity``); ``paper_id`` is the wording id of the paper's
    first wording, and absent until dedupe.
    """

    wording_id: Id
    page: Page
    paper_id: Id | None = None
    revision: Count = 0
    kind: Kind | None = None
    title: str | None = None
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    arxiv_id: str | None = None
    doi: str | None = None
    links: Links = Links()
    published: date | None = None
    related: tuple[Related, ...] = ()
    flags: tuple[str, ...] = ()


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One paper record with its verdict: a paper seen on a page."""

    paper_id: Id
    wording_id: Id
    verdict: Verdict
    similarity: Share
    page: Page


class Embedding(msgspec.Struct, frozen=True, kw_only=True):
    """A vector and all that is needed to compare it with another.

    ``vector`` is base64 of ``dimensions`` little-endian float32. ``model_revision`` is a digest of
    weights, tokenizer and graph options. ``provider`` is the execution provider that really ran.
    """

    model: str
    model_revision: str
    precision: str
    dimensions: Count
    pooling: str
    normalized: bool
    max_tokens: Count
    tokens: Count
    truncated: bool
    provider: str
    vector: str


class EnrichedPaper(Paper, frozen=True, kw_only=True):
    """A paper with its embedding."""

    embedding: Embedding
    enriched_at: datetime
