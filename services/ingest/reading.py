"""From a page's bytes to what it lists, within the limits; the same for Kafka and for a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.common.errors import Rejected
from services.ingest.capture import Capture, capture
from services.ingest.detect import Opinion, asked, detect
from services.ingest.drift import Measures, measures
from services.ingest.layouts.layout import Layout, ListedPaper, Listing
from services.ingest.layouts.table import LAYOUTS
from services.ingest.packed import unpacked
from services.ingest.settings import IngestSection

_MOST_BYTES_BESIDE = 200 * 1024
"""Of a paper's names, addresses and ids: 5,000 authors have 80 KiB. Even if each of them is escaped
there is room in a record of 1 MiB for the longest title and abstract."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off a page.

    Args:
        layout: the name of the page's layout; ``reason`` says why it was chosen.
        listing: the papers and what the page says of them.
        flags: what is to be known of every paper of the page.
        measures: how well the layout still fits its site.
        opinions: what every layout said.
    """

    layout: str
    reason: str
    listing: Listing
    flags: tuple[str, ...]
    measures: Measures
    opinions: tuple[Opinion, ...]


def read(
    body: bytes | None,
    *,
    limits: IngestSection,
    content_type: str | None = None,
    content_encoding: str | None = None,
    captured_at: datetime | None = None,
    layouts: Sequence[Layout] = LAYOUTS,
) -> Reading:
    """Read a page.

    A page is read whole or refused whole: with one field beyond its limit the page is not what its
    layout expects, and a page that is fed again must not repeat the rest.

    Raises:
        Rejected: ``empty_page``, ``page_too_large``, ``bad_compression``, ``not_text``,
            ``too_deep``, ``entity_declarations``, ``unknown_layout``, ``ambiguous_layout``,
            ``too_many_papers``, ``too_many_bad_items``, ``field_too_long``.
    """
    page = _capture(body, limits, content_type, content_encoding, captured_at)
    found = detect(page, layouts)
    _check(found.listing, limits)
    measured = measures(found.listing, characters=len(page.text))
    listing = found.listing if limits.titles_alone == "emit" else _with_abstracts(found.listing)
    return Reading(
        layout=found.layout.name,
        reason=found.reason,
        listing=listing,
        flags=tuple(dict.fromkeys((*page.flags, *found.listing.flags, *measured.flags))),
        measures=measured,
        opinions=found.opinions,
    )


def opinions(
    body: bytes,
    *,
    limits: IngestSection,
    content_type: str | None = None,
    content_encoding: str | None = None,
    layouts: Sequence[Layout] = LAYOUTS,
) -> tuple[Opinion, ...]:
    """Give what every layout says of a page; nothing where it is no text that could be read."""
    try:
        return asked(_capture(body, limits, content_type, content_encoding, None), layouts)
    except Rejected:
        return ()


def _capture(
    body: bytes | None,
    limits: IngestSection,
    content_type: str | None,
    content_encoding: str | None,
    captured_at: datetime | None,
) -> Capture:
    if body is None:
        raise Rejected("empty_page", "the record has no value")
    if len(body) > limits.page_bytes:
        detail = f"the page has {len(body)} bytes, the limit is {limits.page_bytes}"
        raise Rejected("page_too_large", detail)
    return capture(
        unpacked(body, encoding=content_encoding, most=limits.page_bytes),
        content_type=content_type,
        captured_at=captured_at,
        json_depth=limits.json_depth,
    )


def _with_abstracts(listing: Listing) -> Listing:
    papers = tuple(paper for paper in listing.papers if paper.abstract is not None)
    return dataclasses.replace(listing, papers=papers)


def _check(listing: Listing, limits: IngestSection) -> None:
    papers, bad = listing.papers, listing.bad_items
    if len(bad) > limits.bad_items_per_page:
        limit, first = limits.bad_items_per_page, bad[0].detail
        detail = f"{len(bad)} items cannot be read, the limit is {limit}; the first: {first}"
        raise Rejected("too_many_bad_items", detail)
    if len(papers) > limits.papers_per_page:
        detail = f"the page lists {len(papers)} papers, the limit is {limits.papers_per_page}"
        raise Rejected("too_many_papers", detail)
    for position, paper in enumerate(papers):
        size = max(len(paper.title or ""), len(paper.abstract or ""))
        if size > limits.field_characters:
            limit = limits.field_characters
            detail = f"a field of paper {position} has {size} characters, the limit is {limit}"
            raise Rejected("field_too_long", detail)
        if (beside := _bytes_beside(paper)) > _MOST_BYTES_BESIDE:
            detail = f"names and addresses of paper {position} have {beside} bytes"
            raise Rejected("field_too_long", f"{detail}, the limit is {_MOST_BYTES_BESIDE}")


def _bytes_beside(paper: ListedPaper) -> int:
    """Give the size of all that a paper has beside its title and its abstract."""
    texts = (*paper.authors, *paper.addresses, *paper.more_addresses, paper.arxiv_id, paper.doi)
    return len("".join(filter(None, texts)).encode(errors="replace"))
