"""Names as catalogues sort them, turned round."""

from __future__ import annotations

_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})


def first_name_first(name: str) -> str:
    """Give ``Ada Byron`` for ``Byron, Ada``, ``Ada Byron Jr.`` for ``Byron, Jr., Ada``.

    A name without a comma, or with more of them than a name has, stays as it is.
    """
    match [part.strip() for part in name.split(",")]:
        case [str(last), str(first)] if first and first.lower() not in _SUFFIXES:
            return f"{first} {last}"
        case [str(last), str(first), str(suffix)] if suffix.lower() in _SUFFIXES:
            return f"{first} {last} {suffix}"
        case [str(last), str(suffix), str(first)] if suffix.lower() in _SUFFIXES:
            return f"{first} {last} {suffix}"
    return name
