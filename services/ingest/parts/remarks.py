"""What Hugging Face Papers says beside a paper: votes, authors, organisation, date, comments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from services.ingest.dates import written_date, yearless_date
from services.ingest.lines import has_words

DOT = "\u00b7"
"""Stands between who wrote a paper and when."""

CUT = "[Content truncated]"
"""A saver's own words for where it stopped."""

SUBMITTED = "Submitted by"

_LONGEST = 150

_AUTHORS = r"(?:[-*\u2022] )?\d{1,5} authors?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}"
# The number of comments follows the date, now and then without a space.
_DATED = rf"(?:Published on )?(?P<date>{_MONTH} \d{{1,2}}, \d{{4}})(?: ?\d{{1,5}})?"
_YEARLESS = (
    rf"(?:Published on )?(?P<month>{_MONTH}) (?P<digits>\d{{1,7}})(?: (?P<comments>\d{{1,5}}))?"
)
_OTHER = (
    r"[\d.,]{1,12}[km]?|upvotes?(?: [\d.,]{1,12}k?)?"
    r"|\[-\] ?(?:\d{1,9}|-)|\[- \[x\] upvote \d{1,9}\]"
    r"|github(?: [\d.,]{1,12}k?)?|(?:arxiv|project) page|view arxiv page|image|paper thumbnail"
    rf"|{SUBMITTED}.*|\[LINK:.*"
)
_COUNT = re.compile(_AUTHORS, re.IGNORECASE)
_DATE = re.compile(rf"{_DATED}|{_YEARLESS}", re.IGNORECASE)
_REMARK = re.compile(rf"{_OTHER}|{_AUTHORS}|{_DATE.pattern}", re.IGNORECASE)

_DAY_IN_ADDRESS = re.compile(r"huggingface\.co/papers/date/(\d{4}-\d{2}-\d{2})")
_LONGEST_BREAK = timedelta(days=14)
"""The list of the day before is this old at most: over weekends and the turn of the year."""


def is_cut(lines: Iterable[str]) -> bool:
    """Whether a saver says on a page that it did not save the rest."""
    return any(line.endswith(CUT) for line in lines)


def is_remark(text: str) -> bool:
    """Whether a line is nothing but remarks; an organisation is one where a date follows it."""
    if len(text) > _LONGEST:
        return False
    if DOT not in text:
        return _is_one(text)
    parts = _parts(text)
    return _DATE.fullmatch(parts[-1]) is not None or all(map(_is_one, parts))


def counts_authors(text: str) -> bool:
    """Whether a line holds ``8 authors``."""
    return any(map(_COUNT.fullmatch, _parts(text)))


def is_dated(text: str) -> bool:
    """Whether a line holds the date of a paper."""
    return any(map(_DATE.fullmatch, _parts(text)))


def is_published_on(text: str) -> bool:
    """Whether a line has the words that stand before a date in the list of trending papers only."""
    return "Published on " in text and is_dated(text)


def published(lines: Iterable[str], *, captured_at: datetime, made_at: datetime) -> date | None:
    """Give the first date of a paper's remarks.

    Args:
        lines: the remarks.
        captured_at: no date is later than the day after.
        made_at: see ``made_at``; a date without year is of the page's own year.
    """
    for line in lines:
        for found in filter(None, map(_DATE.fullmatch, _parts(line))):
            if found["date"]:
                return written_date(found["date"], captured_at=captured_at)
            return _yearless(found, made_at)
    return None


def made_at(lines: Iterable[str], *, captured_at: datetime) -> datetime:
    """Give when a page was made at the latest: a capture may be of a page much older than itself.

    The link to the day before holds a full date.
    """
    days = (
        found[1] for line in lines if "/date/" in line for found in _DAY_IN_ADDRESS.finditer(line)
    )
    for day in days:
        if before := written_date(day, captured_at=captured_at):
            latest = datetime(before.year, before.month, before.day, tzinfo=captured_at.tzinfo)
            return min(captured_at, latest + _LONGEST_BREAK)
    return captured_at


def _is_one(part: str) -> bool:
    return _REMARK.fullmatch(part) is not None or not has_words(part)


def _parts(text: str) -> list[str]:
    if len(text) > _LONGEST:
        return []
    return [part.strip() for part in text.split(DOT)] if DOT in text else [text]


def _yearless(found: re.Match[str], made_at: datetime) -> date | None:
    """Read ``May 29``, with the number of comments glued to it where only one reading is a date."""
    digits = found["digits"]
    lengths = [len(digits)] if len(digits) <= 2 or found["comments"] else [1, 2]
    days = {
        day
        for length in lengths
        if digits[length : length + 1] != "0"
        and (day := yearless_date(f"{found['month']} {digits[:length]}", captured_at=made_at))
    }
    return days.pop() if len(days) == 1 else None
