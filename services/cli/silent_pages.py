"""Pages of which nothing came: read again, to tell one that lists nothing from one that is lost."""

from __future__ import annotations

import msgspec

from services.cli.accounts import Entry
from services.common.errors import Rejected
from services.common.outcomes import InputRecord
from services.ingest.parsing import page_reading
from services.ingest.settings import IngestSection


def read_again(entry: Entry, record: InputRecord, limits: IngestSection) -> Entry:
    """Give the entry of a page with what the page lists; unchanged where it cannot be read."""
    try:
        listing = page_reading(record, limits).listing
    except Rejected:
        return entry
    return msgspec.structs.replace(
        entry, papers_on_page=len(listing.papers), bad_items=len(listing.bad_items)
    )
