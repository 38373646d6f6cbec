"""How deep the elements of a page of HTML stand within one another, before it is parsed.

A parser of HTML walks the open elements at most tags, so that a page of 128 KiB of ``<div>`` takes
it a second and one of 8 MiB an hour. Browsers stop at 512 as well.
"""

from __future__ import annotations

import re
from itertools import islice

MOST_ELEMENTS = 512
"""Within one another; what is deeper no browser shows either."""

_FEW_TAGS = 10_000
"""Even if all of them are within one another, they are parsed in 0.2 s."""

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<raw>script|style|textarea|title)\b.*?(?:</(?P=raw)|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/>]*)(?:[^>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*+(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# Elements that end by themselves, and those that another one ends.
_FLAT = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr", "p", "li", "dt", "dd", "option", "optgroup", "rb", "rp", "rt"),
        *("thead", "tbody", "tfoot", "tr", "th", "td", "colgroup", "html", "head", "body"),
    }
)
_LOOKED_BACK = 8


def is_too_deep(text: str) -> bool:
    """Whether more elements stand within one another than ``MOST_ELEMENTS``.

    Told by the tags: an end tag without its start tag near it ends nothing.
    """
    if text.count("<") <= _FEW_TAGS:
        return False
    within: list[str] = []
    for tag in _TAG.finditer(text):
        name = (tag["name"] or "").lower()
        if not name or name in _FLAT:
            continue
        if not tag["end"]:
            within.append(name)
        elif (behind := _distance(within, name)) is not None:
            del within[-behind:]
        if len(within) > MOST_ELEMENTS:
            return True
    return False


def _distance(within: list[str], name: str) -> int | None:
    """Give how many elements an end tag ends, or None where it ends none."""
    near = enumerate(islice(reversed(within), _LOOKED_BACK), start=1)
    return next((number for number, each in near if each == name), None)
