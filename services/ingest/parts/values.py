"""Values in JSON by their name, each of the type that is asked for or absent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from services.ingest import clean
from services.ingest.dates import written_date
from services.ingest.layouts.layout import BadItem, ListedPaper
from services.ingest.notation import MISSING, Json

Fields = dict[str, Json]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a page, by its number from 1; ``text`` where it stands on a line of its own."""

    number: int
    value: Json
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """The items that are papers, and those that cannot be read."""

    papers: tuple[ListedPaper, ...]
    bad_items: tuple[BadItem, ...]


def numbered(values: Iterable[Json]) -> list[Item]:
    """Give the items of an array."""
    return [Item(number, value) for number, value in enumerate(values, start=1)]


def read(items: Iterable[Item], paper: Callable[[Fields], ListedPaper]) -> Read:
    """Read each item that is an object; one without a title and an abstract is no paper."""
    papers: list[ListedPaper] = []
    bad: list[BadItem] = []
    for item in items:
        fault = _fault(item.value)
        found = None if fault else paper(item.value)
        if found is not None and (found.title or found.abstract):
            papers.append(found)
        else:
            detail = fault or "the object has no title and no abstract"
            bad.append(BadItem(item.number, item.text or json.dumps(item.value), detail))
    return Read(tuple(papers), tuple(bad))


def text(fields: Fields, *names: str) -> str | None:
    """Give the first field of these names that is a text with something in it."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def number(fields: Fields, name: str) -> int | None:
    """Give a whole number; true and false are none."""
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def object_at(fields: Fields, name: str) -> Fields:
    """Give the object of this name, an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def objects(value: Json) -> list[Fields]:
    """Give the objects in an array."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def strings(value: Json) -> list[str]:
    """Give the texts in an array, or the one that stands in its place."""
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def title(value: str | None) -> str | None:
    """Give a title that may hold mark-up."""
    return clean.title(clean.unmarked(value)) if value else None


def abstract(value: str | None) -> str | None:
    """Give an abstract that may hold mark-up."""
    return clean.abstract(clean.unmarked(value)) if value else None


def web(addresses: Iterable[str | None]) -> tuple[str, ...]:
    """Give the web addresses among what fields hold, each once."""
    given = (one.strip() for one in addresses if one)
    return tuple(dict.fromkeys(one for one in given if one.startswith(("https://", "http://"))))


def day_of(milliseconds: int | None, *, captured_at: datetime) -> date | None:
    """Give the day of a time in milliseconds since 1970, within what a capture can hold."""
    if milliseconds is None:
        return None
    try:
        day = (_EPOCH + timedelta(milliseconds=milliseconds)).date()
    except OverflowError:
        return None
    return written_date(day.isoformat(), captured_at=captured_at)


def _fault(value: Json) -> str | None:
    if value is MISSING:
        return "the line is not JSON"
    return None if isinstance(value, dict) else f"a {_TYPES[type(value)]}, not an object"


_TYPES = {
    str: "text",
    list: "list",
    bool: "truth value",
    int: "number",
    float: "number",
    type(None): "null",
}


def share(found: Sequence[object], items: Sequence[object]) -> str:
    """Say how many of a page's items were found."""
    return f"{len(found)} of {len(items)} items"
