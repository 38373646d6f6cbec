"""A JSON array of papers, alone or under one key, or one paper's object.

The fields go by the names that exports commonly use.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import Answer, Layout, Listing, Mismatch
from services.ingest.notation import Json
from services.ingest.parts import json_fields, values
from services.ingest.parts.values import Item

_KEYS = ("papers", "results", "data", "items", "entries")


def recognise(capture: Capture) -> Answer:
    """Look for objects that are papers in at least half of the items."""
    items = _items(capture.json)
    if not items:
        return Mismatch("no list of items, and not one object with a title and an abstract")
    return json_fields.recognise(items, captured_at=capture.captured_at)


def parse(capture: Capture) -> Listing:
    """Read every item; one that is no paper is a bad item, the others are papers."""
    return json_fields.listing(_items(capture.json), captured_at=capture.captured_at)


def _items(page: Json) -> Sequence[Item]:
    """Give the items of the page's one list, or the page itself where it is a paper."""
    if isinstance(page, list):
        return values.numbered(page)
    lists = [page[key] for key in _KEYS if isinstance(page.get(key), list)]
    if len(lists) == 1:
        return values.numbered(lists[0])
    alone = json_fields.has_title_and_abstract(page) and not lists
    return [Item(1, page)] if alone else []


LAYOUT = Layout("json_records", Form.JSON, recognise, parse, generic=True)
