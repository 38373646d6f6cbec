"""arXiv's digest by e-mail as text: its items, each with a head, an abstract and an address.

An item begins at a line of two backslashes above its id. The next such line ends its head, and a
third one with the item's address, or a rule, ends its abstract.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from services.ingest.clean import visible, with_line_feeds

SEPARATOR = "\\\\"
RULE = re.compile(r"^[-%]{10,}$")
ID = re.compile(
    r"(?:arXiv:|Paper:)\s*(?:arXiv:)?(?P<id>\d{4}\.\d{4,5}|[A-Za-z-]+(?:\.[A-Z]{2})?/\d{7})"
    r"(?:v\d+)?\s*(?:\(.*\))?$"
)
_DAY = re.compile(r"/\*\s*(?P<day>.*\S)\s*\*/")
_ENDS = re.compile(rf"{RULE.pattern}|{_DAY.pattern}")
_ADDRESS = re.compile(r"\\\\\s*\(\s*(?P<address>https?://[^\s,)]+)")
_QUOTE = re.compile(r"(?:>[ \t]?)+")
_ENCODING = re.compile(
    r"^(?:> ?)*Content-Transfer-Encoding:\s*quoted-printable\b", re.IGNORECASE | re.MULTILINE
)
_BROKEN_RULE = re.compile(r"^(?:> ?)*[-%]{60,}=$", re.MULTILINE)


@dataclass(slots=True)
class Item:
    """One item: the lines above the second separator, those below it, and its address."""

    head: list[str]
    abstract: list[str] = field(default_factory=list)
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """The items of a page, and its other lines.

    Args:
        items: in their order.
        outside: every line with text that is of no item and no rule.
        first_line: of the page.
        days: the marks of days in a digest of several.
        quoted: the digest stood behind a ``>``.
        cut: the page ends within the last item.
    """

    items: tuple[Item, ...]
    outside: tuple[str, ...]
    first_line: str
    days: tuple[str, ...]
    quoted: bool
    cut: bool


def digest(text: str) -> Digest:
    """Read a page; without a single item it is no digest."""
    # Blank lines say nothing: savers double them.
    lines = [line for line in _lines(text) if line.strip()]
    unquoted = [_QUOTE.sub("", line, count=1) if line.startswith(">") else line for line in lines]
    quoted = not _any_begins(lines) and _any_begins(unquoted)
    reader = _Reader(unquoted if quoted else lines)
    return Digest(
        items=tuple(reader.items),
        outside=tuple(reader.outside),
        first_line=lines[0] if lines else "",
        days=tuple(reader.days),
        quoted=quoted,
        cut=reader.current is not None and (bool(reader.current.abstract) or not reader.below),
    )


class _Reader:
    """Goes through the lines once; ``current`` is the item that is open, ``below`` its head."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.items: list[Item] = []
        self.outside: list[str] = []
        self.days: list[str] = []
        self.current: Item | None = None
        self.below = False
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            self._read(line, following)

    def _read(self, line: str, following: str) -> None:
        if line == SEPARATOR:
            self._separate(following)
        elif _ENDS.fullmatch(line):
            self.current = None
            if day := _DAY.fullmatch(line):
                self.days.append(day["day"])
        elif self.current is None:
            self.outside.append(line)
        elif found := _ADDRESS.match(line):
            self.current.address = found["address"]
            self.current = None
        else:
            (self.current.abstract if self.below else self.current.head).append(line)

    def _separate(self, following: str) -> None:
        if ID.match(following):
            self.current = Item(head=[])
            self.items.append(self.current)
            self.below = False
        elif self.current is not None and not self.below:
            self.below = True
        elif not following or _ENDS.fullmatch(following) or following == SEPARATOR:
            self.current = None
        # Else it is a line break in TeX, and the abstract goes on.


def _any_begins(lines: Sequence[str]) -> bool:
    return any(
        line == SEPARATOR and ID.match(following) is not None for line, following in pairwise(lines)
    )


def _lines(text: str) -> Sequence[str]:
    """Give the visible lines without what ends them; their indents say what continues a field."""
    lines = _stripped(text)
    # Lines are broken in every digest in quoted-printable: its rules are too long for it.
    if any(line.endswith("=") for line in lines):
        lines = _stripped(_decoded("\n".join(lines)))
    # Most lines are plain: there is nothing to make visible in them.
    return [
        line if line.isascii() and line.isprintable() else visible(line).rstrip() for line in lines
    ]


def _stripped(text: str) -> Sequence[str]:
    return [line.rstrip() for line in with_line_feeds(text).split("\n")]


def _decoded(text: str) -> str:
    """Undo quoted-printable where a mail was saved as sent: it says so, or its rules are broken."""
    if not (_ENCODING.search(text) or _BROKEN_RULE.search(text)):
        return text
    body = binascii.a2b_qp(text.encode())
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")
