"""Authors that a page gives in one field."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.ingest.clean import names, one_line

# Behind a name and before the next one; "Ada (Lin) Berg" keeps hers.
_AFFILIATION = re.compile(r" ?\((?:[^()]++|\([^()]*+\))*+\)(?= ?(?:,|;|$|and\b))")
_BETWEEN = re.compile(r"[,;]")
_BETWEEN_OR_AND = re.compile(r"[,;]|(?<= )and(?= )")
_INITIALS = re.compile(r"(?:[^\W\d_]\.[ -]?)+")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")


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
