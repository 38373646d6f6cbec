"""The outline of an arXiv list that was saved as text: where its entries and headings are.

An entry begins with its number in brackets and ``arXiv:`` with its id, on one line or two, and ends
with the next one, with a heading or with a closing line of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from services.common.records import Kind
from services.ingest.identifiers import arxiv_id
from services.ingest.lines import has_words
from services.ingest.parts import arxiv_marks
from services.ingest.parts.arxiv_marks import Heading, heading

_NUMBER = re.compile(r"\[(\d{1,6})\]")
_NAME = re.compile(r"\[(?P<number>\d{1,6})\] ?(?P<id>arXiv: ?\S{1,40})(?P<mark>(?: ?[(\[].*)?)")
_CLOSING = re.compile(
    r"\[? ?(?:total of|showing up to) \d{1,9} entries\b.*|"
    r"We gratefully acknowledge support from.{0,60}|Links to: arXiv\b.*|Skip to main content",
    re.IGNORECASE,
)
# What begins a line that begins something; most lines are passed over by their first character.
_FIRST = frozenset("[CFLMNRSTWlstw")
_MORE = "showing up to"
_PAGING_LINES = 200


@dataclass(frozen=True, slots=True)
class Name:
    """The start of an entry: its number, its id, the mark beside it, where its fields begin."""

    number: int
    arxiv_id: str
    mark: str
    after: int


@dataclass(frozen=True, slots=True)
class Part:
    """A run of lines: of an entry if it has a name."""

    start: int
    end: int
    name: Name | None
    section: Kind | None


@dataclass(frozen=True, slots=True)
class Outline:
    """What a page consists of.

    Args:
        parts: every line of it, in order.
        headings: of the page and its sections.
        paging: how many papers the list has and the ranges of its pages, or empty.
    """

    parts: tuple[Part, ...]
    headings: tuple[Heading, ...]
    paging: str

    @property
    def first_line(self) -> int:
        """Where the first entry begins, or how many lines there are."""
        return next((part.start for part in self.parts if part.name), self.parts[-1].end)

    @property
    def marked(self) -> bool:
        """Whether the page says that it is a list: by a heading of one, or by its total."""
        return bool(self.paging) or any(one.shown or not one.section for one in self.headings)

    @property
    def declared(self) -> int | None:
        """How many papers the page says that it shows."""
        first = next((part.name.number for part in self.parts if part.name), None)
        return arxiv_marks.declared(self.headings, paging=self.paging, first=first)

    @property
    def date_label(self) -> str | None:
        """The page's day; the days that recent lists link to at their top come after it."""
        days = [found for found in self.headings if found.day]
        own = [found for found in days if found.shown is not None or not found.section]
        return next((found.day for found in own or days), None)


def outline(lines: Sequence[str]) -> Outline:
    """Cut a page, given as lines that are cleaned, blank ones as empty strings."""
    headings: list[Heading] = []
    parts = tuple(_parts(lines, headings))
    return Outline(parts, tuple(headings), _paging(lines))


def ignored_lines(outline: Outline, lines: Sequence[str]) -> int:
    """Count the lines with words that belong to no entry."""
    others = (part for part in outline.parts if part.name is None)
    return sum(sum(map(has_words, lines[part.start : part.end])) for part in others)


def _parts(lines: Sequence[str], headings: list[Heading]) -> Iterator[Part]:
    """Cut a page at names, headings and closing lines; headings are put into the list."""
    start, name, section = 0, None, None
    for at, line in enumerate(lines):
        if not line or line[0] not in _FIRST or (name is not None and at < name.after):
            continue
        found, begun = heading(line), _name(lines, at)
        if found is None and begun is None and not _CLOSING.fullmatch(line):
            continue
        yield Part(start, at, name, section)
        start, name = at, begun
        if found is not None:
            headings.append(found)
            section = found.kind if found.section else section
    yield Part(start, len(lines), name, section)


def _name(lines: Sequence[str], at: int) -> Name | None:
    """Read the start of an entry at a line, or give None where none begins."""
    line = lines[at]
    if not line.startswith("["):
        return None
    if number := _NUMBER.fullmatch(line):
        at = next((later for later in range(at + 1, len(lines)) if lines[later]), at)
        line = f"{number[0]} {lines[at]}"
    found = _NAME.fullmatch(line)
    identifier = None if found is None else arxiv_id(found["id"])
    if found is None or identifier is None:
        return None
    return Name(int(found["number"]), identifier, found["mark"], at + 1)


def _paging(lines: Sequence[str]) -> str:
    """Give the line that says how many papers the list has, and the ranges of its pages."""
    for at, line in enumerate(lines):
        if line[:1] in _FIRST and _CLOSING.fullmatch(line) and arxiv_marks.total(line):
            following = lines[at : at + _PAGING_LINES]
            return " ".join(takewhile(lambda each: _MORE not in each.lower(), following))
    return ""
