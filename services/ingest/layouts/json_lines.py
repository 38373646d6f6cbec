"""JSON Lines: a paper on each line, its fields by the names that exports commonly use."""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import Answer, Layout, Listing
from services.ingest.parts import json_fields
from services.ingest.parts.values import Item


def recognise(capture: Capture) -> Answer:
    """Look for objects that are papers in at least half of the lines."""
    return json_fields.recognise(_items(capture), captured_at=capture.captured_at)


def parse(capture: Capture) -> Listing:
    """Read every line; a damaged one is a bad item, the others are papers."""
    return json_fields.listing(_items(capture), captured_at=capture.captured_at)


def _items(capture: Capture) -> Sequence[Item]:
    return [Item(line.number, line.value, line.text) for line in capture.json_lines]


LAYOUT = Layout("json_lines", Form.JSON_LINES, recognise, parse, generic=True)
