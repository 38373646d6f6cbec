"""Authors' names in a text: many in one field, or the last name of one first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from services.ingest.clean import names, one_line

# Behind a name and before the next one; "Ada (Lin) Berg" keeps hers.
_AFFILIATION = re.compile(r" ?\((?:[^()]++|\([^()]*+\))*+\)(?= ?(?:,|;|$|and\b))")
_BETWEEN = re.compile(r"[,;]")
_BETWEEN_OR_AND = re.compile(r"[,;]|(?<= )and(?= )")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[ -]?)+")
# "Md" is a first name more often than a doctor.
_SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv|ph\.? ?d|m\.d)\.?", re.IGNORECASE)
_NOBODY = frozenset({"others", "et al", "et al.", "anonymous", "anonymous authors"})


def listed(field: str) -> tuple[str, ...]:
    """Give the names of ``A, B (affiliation), C``."""
    return _split(_BETWEEN, field)


def spoken(field: str) -> tuple[str, ...]:
    """Give the names of ``A, B and C``."""
    return _split(_BETWEEN_OR_AND, field)


def guessed(field: str) -> tuple[str, ...]:
    """Give the names of a field of which nobody says how it is written, first names first.

    ``Berg, A., Lin, B. C.`` and ``Berg, Ada`` have last names first; ``Ada Berg, Bo Lin`` and
    ``Berg, Ada; Lin, Bo`` are lists.
    """
    if ";" in field:
        return tuple(name for each in field.split(";") for name in guessed(each))
    parts = spoken(field)
    lasts, firsts = parts[::2], parts[1::2]
    pairs = len(lasts) == len(firsts)
    if pairs and (all(map(_INITIALS.fullmatch, firsts)) or _is_one_name(parts)):
        return tuple(f"{first} {last}" for last, first in zip(lasts, firsts, strict=True))
    return parts


def named(given: Iterable[str]) -> tuple[str, ...]:
    """Give names without the words that stand for nobody."""
    return tuple(name for name in names(given) if name.casefold() not in _NOBODY)


def first_name_first(name: str) -> str:
    """Give ``Ada Byron`` for ``Byron, Ada``, ``Ada Byron Jr.`` for ``Byron, Jr., Ada``.

    A name without a comma, or with more of them than a name has, stays as it is.
    """
    return in_order(name.split(",")) if "," in name else name


def in_order(parts: Iterable[str]) -> str:
    """Give a name, first name first, from what stands between its commas."""
    match list(filter(None, map(str.strip, parts))):
        case [last, first] if not _SUFFIX.fullmatch(first):
            return f"{first} {last}"
        case [last, suffix, first] if _SUFFIX.fullmatch(suffix):
            return f"{first} {last} {suffix}"
        case [last, first, suffix] if _SUFFIX.fullmatch(suffix):
            return f"{first} {last} {suffix}"
        case others:
            return ", ".join(others)


def _is_one_name(parts: Sequence[str]) -> bool:
    return len(parts) == 2 and " " not in parts[0] and " " not in parts[1]


def _split(between: re.Pattern[str], field: str) -> tuple[str, ...]:
    found: list[str] = []
    for name in names(between.split(_AFFILIATION.sub("", one_line(field)))):
        if found and _SUFFIX.fullmatch(name):
            found[-1] += f" {name}"
        else:
            found.append(name)
    return tuple(found)
