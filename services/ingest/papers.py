"""What a page lists becomes Paper records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from services.common.identity import wording_id
from services.common.records import Page, Paper
from services.ingest.layouts.layout import ABSTRACT_TRUNCATED, ListedPaper
from services.ingest.lines import TRUNCATION_MARKS
from services.ingest.links import links
from services.ingest.reading import Reading

# A macro, an escaped character, or inline mathematics; two prices are none: an opening dollar has
# no space after it, a closing one none before it and no digit after it.
_TEX = re.compile(r"\\(?:[A-Za-z]|[%&$#_{}])|\$(?!\s)[^$]{1,200}(?<!\s)\$(?!\d)")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page came from; the fields are those of ``Page``."""

    page_id: str
    source: str
    captured_at: datetime
    topic: str
    partition: int
    offset: int


def papers(reading: Reading, origin: Origin) -> tuple[Paper, ...]:
    """Give a record for each listed paper, in the order of the page, repeated ones included."""
    listing = reading.listing
    return tuple(
        Paper(
            wording_id=wording_id(listed.title, listed.abstract),
            kind=listed.kind,
            title=listed.title,
            abstract=listed.abstract,
            authors=listed.authors,
            arxiv_id=listed.arxiv_id,
            doi=listed.doi,
            links=links(listed.abstract or "", paper=listed.addresses, more=listed.more_addresses),
            published=listed.published,
            flags=tuple(dict.fromkeys((*_flags(listed), *listed.flags, *reading.flags))),
            page=_page(reading, origin, position),
        )
        for position, listed in enumerate(listing.papers)
    )


def _page(reading: Reading, origin: Origin, position: int) -> Page:
    return Page(
        page_id=origin.page_id,
        source=origin.source,
        captured_at=origin.captured_at,
        layout=reading.layout,
        date_label=reading.listing.date_label,
        position=position,
        papers_on_page=len(reading.listing.papers),
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
    )


def _flags(listed: ListedPaper) -> tuple[str, ...]:
    facts = {
        "title_missing": listed.title is None,
        "abstract_missing": listed.abstract is None,
        ABSTRACT_TRUNCATED: (listed.abstract or "").endswith(TRUNCATION_MARKS),
        "tex_residue": any(_TEX.search(text or "") for text in (listed.title, listed.abstract)),
    }
    return tuple(flag for flag, holds in facts.items() if holds)
