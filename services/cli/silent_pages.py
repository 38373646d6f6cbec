"""Pages of which nothing came: read again, to tell one that lists nothing from one that is lost."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from services.cli.accounts import Entry, Input
from services.common.errors import Rejected
from services.common.outcomes import InputRecord
from services.common.topics import DEAD_LETTER, PAPERS
from services.ingest.parsing import page_reading
from services.ingest.settings import IngestSection


def heard(entries: Iterable[Entry]) -> frozenset[Input]:
    """Give the inputs that gave papers or are a dead letter, and are not to be read again."""
    return frozenset(
        entry.input
        for entry in entries
        if entry.input is not None
        and (entry.topic == PAPERS.name or (entry.topic == DEAD_LETTER.name and not entry.is_item))
    )


def read_again(entry: Entry, record: InputRecord, limits: IngestSection) -> Entry:
    """Give the entry of a page with what the page lists; unchanged where it cannot be read."""
    try:
        listing = page_reading(record, limits).listing
    except Rejected:
        return entry
    return msgspec.structs.replace(
        entry, papers_on_page=len(listing.papers), bad_items=len(listing.bad_items)
    )
