"""JSON as pages hold it: one value, or an object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec

from services.common.errors import Rejected

Json = Any
"""A JSON value: dict, list, str, int, float, bool or None."""

MISSING = object()
"""What ``value`` gives for a text that is not JSON; None is JSON's null."""

_CONTAINERS = (dict, list)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, by its number from 1; ``MISSING`` where it is not JSON."""

    number: int
    text: str
    value: Json


def value(text: str, *, depth: int) -> Json:
    """Give the JSON value that the whole text is, or ``MISSING``.

    Raises:
        Rejected: ``too_deep`` beyond ``depth`` values within one another.
    """
    try:
        found = _decoded(text)
    except RecursionError:
        raise _too_deep(depth) from None
    _check_depth(found, depth)
    return found


def lines(text: str, *, depth: int) -> Iterator[Line]:
    """Yield every line that is not blank.

    Raises:
        Rejected: ``too_deep``, see ``value``.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if stripped := line.strip():
            yield Line(number, stripped, value(stripped, depth=depth))


def _decoded(text: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        pass
    try:
        # Slower, and takes NaN, which some exporters write.
        return _encodable(json.loads(text))
    except ValueError:
        return MISSING


def _encodable(found: Json) -> Json:
    """Leave out what is half of a character: an escape names it, but no encoding can write it."""
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "ignore"))


def _check_depth(found: Json, depth: int) -> None:
    level: Iterable[Json] = (found,)
    for _ in range(depth + 2):
        containers = [each for each in level if type(each) in _CONTAINERS]
        if not containers:
            return
        # A level at once: millions of short lists may stand side by side.
        lists = [each for each in containers if type(each) is list]
        objects = [each.values() for each in containers if type(each) is dict]
        level = chain.from_iterable(chain(lists, objects))
    raise _too_deep(depth)


def _too_deep(depth: int) -> Rejected:
    return Rejected("too_deep", f"more than {depth} JSON values within one another")
