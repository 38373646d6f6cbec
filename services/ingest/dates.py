"""Dates as listings write them; months in English, whatever the machine's language."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4})"
_ISO = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(rf"\b{_DAY} {_MONTH},? {_YEAR}\b", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"\b{_MONTH} {_DAY}, {_YEAR}\b", re.IGNORECASE)
_YEARLESS = re.compile(rf"{_MONTH} {_DAY}", re.IGNORECASE)

_AHEAD = timedelta(days=1)
"""A date may be one day after the capture: the page may have been made further east."""


def written_date(text: str, *, captured_at: datetime) -> date | None:
    """Give the first date in a text that has its year.

    ``2026-08-28``, ``2026/08/28``, ``28 Aug 2026``, ``28 August, 2026``, ``August 28, 2026``; a
    time or a weekday beside it does not matter. None for one that is no day of the calendar, or
    later than the day after the capture.
    """
    for form in (_ISO, _DAY_FIRST, _MONTH_FIRST):
        if found := form.search(text):
            return _at_most(_day(found, int(found["year"])), captured_at)
    return None


def yearless_date(text: str, *, captured_at: datetime) -> date | None:
    """Give the date of ``Oct 2``: the latest that is not after the day after the capture.

    None where the text as a whole is no such date.
    """
    found = _YEARLESS.fullmatch(text)
    if found is None:
        return None
    year = (captured_at + _AHEAD).year
    # Eight years reach the 29th of February from anywhere.
    for earlier in range(year, year - 9, -1):
        if day := _at_most(_day(found, earlier), captured_at):
            return day
    return None


def _day(found: re.Match[str], year: int) -> date | None:
    month = found["month"]
    number = int(month) if month.isdigit() else _NAMES.index(month[:3].lower()) + 1
    try:
        return date(year, number, int(found["day"]))
    except ValueError:
        return None


def _at_most(day: date | None, captured_at: datetime) -> date | None:
    return day if day is not None and day <= (captured_at + _AHEAD).date() else None
