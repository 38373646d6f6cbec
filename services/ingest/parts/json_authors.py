"""Authors as fields of JSON hold them: a text, a list of names, or of objects."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.ingest import clean
from services.ingest.authors import first_name_first, named
from services.ingest.notation import Json
from services.ingest.parts import values
from services.ingest.parts.values import Fields, text

_SEPARATOR = re.compile(r" and |,(?: and )?", re.IGNORECASE)
_AND = re.compile(r" and ", re.IGNORECASE)
_NAMES = ("name", "fullname", "full_name", "display_name", "author")


def authors(value: Json) -> tuple[str, ...]:
    """Give the authors of a field: a text that names them all, a list of names or of objects."""
    if isinstance(value, str):
        return named(map(first_name_first, _in_one(clean.one_line(value))))
    if not isinstance(value, list):
        return ()
    return named(map(first_name_first, filter(None, map(_name, value))))


def parsed(value: Json) -> tuple[str, ...]:
    """Give the authors of arXiv's ``authors_parsed``: last name, first name, suffix."""
    if not isinstance(value, list):
        return ()
    return named(filter(None, (_joined(parts) for parts in value if isinstance(parts, list))))


def _in_one(names: str) -> Sequence[str]:
    """Split a text: at semicolons; else at ``and`` if each part is last name first; else at all."""
    if ";" in names:
        return names.split(";")
    parts = _AND.split(names)
    if len(parts) > 1 and all(part.count(",") == 1 for part in parts):
        return parts
    return _SEPARATOR.split(names)


def _name(author: Json) -> str | None:
    if isinstance(author, str):
        return author
    if not isinstance(author, dict):
        return None
    return text(author, *_NAMES) or _of_parts(author)


def _of_parts(author: Fields) -> str | None:
    first = text(author, "given", "first", "first_name", "forenames")
    last = text(author, "family", "last", "last_name", "keyname")
    return " ".join(filter(None, (first, last))) or None


def _joined(parts: Sequence[Json]) -> str:
    given = values.strings(parts[:3])
    return " ".join(filter(None, (*given[1:2], *given[:1], *given[2:])))
