"""What arXiv's lists say around their papers, in HTML and as text: sections, days, counts, marks.

Sources: the templates ``list/*.html`` and the controller ``list_page`` of arxiv-browse; lists of
before 2024 say "Cross-lists for Fri, 5 Jan 24" and "[ total of 212 entries:  1-25 ...".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.common.records import Kind

_DAY = (
    r"(?P<day>(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?, "
    r"\d{1,2} [A-Z][a-z]{2,8} \d{2,4})"
)
_COUNT = (
    r"\( ?(?:continued, )?showing (?:(?:first|last) )?(?P<shown>\d{1,9}) of \d{1,9} entries ?\)"
)
_TITLE = re.compile(rf"(?:Showing new listings for|Catchup results for .{{1,200}} on) {_DAY}")
_SECTION = re.compile(
    rf"(?P<section>New submissions|Cross(?: submissions|-lists)|Replacement(?: submissions|s))"
    rf"(?: for {_DAY})?(?: {_COUNT})?"
)
_DAY_SECTION = re.compile(rf"{_DAY}(?: {_COUNT})?")
# Every line of a text is asked: no heading begins otherwise.
_STARTS = frozenset(
    ("Sho", "Cat", "New", "Cro", "Rep", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
)
_KINDS = {"N": Kind.NEW, "C": Kind.CROSS, "R": Kind.REPLACE}

_TOTAL = re.compile(r"\btotal of (\d{1,9}) entries", re.IGNORECASE)
_RANGE = re.compile(r"\b(\d{1,9})-(\d{1,9})\b")
_NOTHING = re.compile(r"\bNo updates (?:today|for)\b|\btotal of 0 entries", re.IGNORECASE)

_CROSS = re.compile(r"\(cross-list\b", re.IGNORECASE)
_REPLACED = re.compile(r"\breplaced\)", re.IGNORECASE)

_BRACKETS = re.compile(r"\([^()]*\)")
_BETWEEN_NAMES = re.compile(r"[,:]")
_NO_NAMES = frozenset({"", "et al.", "and", "Authors"})


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of a list.

    Args:
        section: whether it begins a section; the page's own title does not.
        kind: of the section's papers, where it says so.
        day: in the words of the page, or None.
        shown: how many papers of the section this page shows, or None.
    """

    section: bool
    kind: Kind | None = None
    day: str | None = None
    shown: int | None = None


def heading(line: str) -> Heading | None:
    """Read a heading, given on one line, or give None for any other line."""
    if line[:3] not in _STARTS:
        return None
    if title := _TITLE.fullmatch(line):
        return Heading(section=False, day=title["day"])
    if found := _SECTION.fullmatch(line):
        return Heading(True, _KINDS[line[0]], found["day"], _number(found["shown"]))
    if found := _DAY_SECTION.fullmatch(line):
        return Heading(True, None, found["day"], _number(found["shown"]))
    return None


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def kind(section: Kind | None, mark: str) -> Kind | None:
    """Give what a list says of a paper, by its section and by the mark beside its id.

    A replaced paper is one wherever it stands: it must never count as new.
    """
    if section is Kind.REPLACE or _REPLACED.search(mark):
        return Kind.REPLACE
    return Kind.CROSS if _CROSS.search(mark) else section


def declared(headings: Iterable[Heading], *, paging: str, first: int | None) -> int | None:
    """Give how many papers a page says that it shows, or None.

    Args:
        headings: of the page.
        paging: "Total of 559 entries : 1-50 51-100 ...", for lists whose headings have no counts.
        first: the number of the page's first paper, which tells its range from the others'.
    """
    counts = [found.shown for found in headings if found.shown is not None]
    if counts:
        return sum(counts)
    total = _TOTAL.search(paging)
    if total is None:
        return None
    ranges = {int(start): int(end) for start, end in _RANGE.findall(paging, total.end())}
    if not ranges:
        return int(total[1])
    return ranges[first] - first + 1 if first in ranges and first is not None else None


def total(line: str) -> bool:
    """Whether a line says how many papers the whole list has."""
    return _TOTAL.search(line) is not None


def says_nothing_new(text: str) -> bool:
    """Whether a list says that it is empty: at week-ends and on holidays there are no updates."""
    return _NOTHING.search(text) is not None


def names(line: str) -> list[str]:
    """Give the names on a line of authors; affiliations and remarks in brackets are none."""
    line = _BRACKETS.sub(" ", _BRACKETS.sub(" ", line))
    found = (" ".join(name.split()) for name in _BETWEEN_NAMES.split(line))
    return [name for name in found if name not in _NO_NAMES]
