"""The site around a text rendering of Hugging Face Papers: what stands before and after the papers.

A saver keeps the visible text of the page, or all of its text; the second repeats the banner in
its wide and narrow form and glues the button's ``Subscribe`` onto the first title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.ingest.capture import Capture
from services.ingest.layouts.layout import Mismatch
from services.ingest.lines import Row, may_be_abstract

_BANNER = re.compile(r"Get trending papers in your email inbox(?: once a day)?!?", re.IGNORECASE)
_BUTTON = "subscribe"
_MONTH = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    "Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
_DATE = re.compile(rf"(?:{_MONTH}) \d{{1,2}}(?:, \d{{4}})?")

# Compared without case, white space and heading marks: savers write "by AK" and "byAK".
_BEFORE = frozenset(
    {
        "new",
        "subscribe",
        "dailypapers",
        "trendingpapers",
        "byakandtheresearchcommunity",
        "daily",
        "weekly",
        "monthly",
        "previous",
        "next",
    }
)
_MOST_OWN_LINES = 200
_AFTER = re.compile(r"previous|next|trendingpapersrankedby\S*|company|tos|privacy")


@dataclass(frozen=True, slots=True)
class Body:
    """The rows between the site's own, the page's date, and how many rows were the site's."""

    rows: tuple[Row, ...]
    date_label: str | None
    ignored_lines: int


def body(capture: Capture) -> Body | Mismatch:
    """Take the site's own lines off a page, or say why they are not this site's."""
    if _banner(capture.lines) is None:
        return Mismatch("no line is the banner of Hugging Face Papers")
    rows = capture.rows
    banner = next(at for at, row in enumerate(rows) if is_banner(row.text))
    abstracts = sum(may_be_abstract(row.text) for row in rows)
    if len(rows) > 2 * abstracts + _MOST_OWN_LINES:
        return Mismatch(
            f"{len(rows)} lines with words, {abstracts} of them long enough for an abstract"
        )
    for row in rows[:banner]:
        if may_be_abstract(row.text):
            return Mismatch(f"line {row.number} stands before the banner and is a paper's text")
    start, date_label = _skip(rows, banner)
    end = _end(rows, start)
    if start == end:
        return Mismatch("nothing follows the banner of Hugging Face Papers")
    listed = list(rows[start:end])
    if not any(_key(row.text) == _BUTTON for row in rows[:start]):
        # The button's word is on the page once: not on a line of its own, so on the first title's.
        listed[0] = replace(listed[0], text=without_button(listed[0].text))
    return Body(tuple(listed), date_label, len(rows) - len(listed))


def is_banner(text: str) -> bool:
    """Whether a line is the invitation that stands above every list of the site."""
    return _BANNER.fullmatch(text) is not None


def below_banner(lines: Sequence[str]) -> Sequence[str]:
    """Give the lines from the banner on, or none where there is no banner."""
    at = _banner(lines)
    return () if at is None else lines[at:]


def opens(text: str) -> bool:
    """Whether a line is one of those that the site puts above its list."""
    return is_banner(text) or _key(text) in _BEFORE


def closes(text: str) -> bool:
    """Whether a line is one of those that the site puts below its list."""
    return _AFTER.fullmatch(_key(text)) is not None


def date_label(lines: Iterable[str]) -> str | None:
    """Give the page's date from the site's lines above a list, in its own words."""
    return next(filter(_DATE.fullmatch, lines), None)


def ranks_by_trend(lines: Iterable[str]) -> bool:
    """Whether the site's lines above a list name it as the trending papers.

    Under a title of that list stands a machine's summary wherever there is one, so what stands
    there is never taken for an abstract. The daily papers have a link of that name below theirs.
    """
    names = (key for key in map(_key, lines) if key in ("dailypapers", "trendingpapers"))
    return next(names, None) == "trendingpapers"


def without_button(title: str) -> str:
    """Give a line without the word of the button that some savers glue onto it."""
    if title.casefold().startswith(_BUTTON):
        return title[len(_BUTTON) :].lstrip() or title
    return title


def _banner(lines: Sequence[str]) -> int | None:
    """Give the first line that is a banner; most pages of text are asked for one in vain."""
    found = next(filter(None, map(_BANNER.fullmatch, lines)), None)
    return None if found is None else lines.index(found[0])


def _skip(rows: Sequence[Row], banner: int) -> tuple[int, str | None]:
    """Give where the site's lines end that begin at the banner, and the date among them."""
    date_label = None
    for at in range(banner, len(rows)):
        text = rows[at].text
        if _DATE.fullmatch(text):
            date_label = text
        elif not opens(text):
            return at, date_label
    return len(rows), date_label


def _end(rows: Sequence[Row], start: int) -> int:
    """Give where the papers end: the site's closing lines come after the last abstract."""
    last = len(rows)
    while last > start and not may_be_abstract(rows[last - 1].text):
        last -= 1
    closed = last < len(rows) and closes(rows[last].text)
    return last if closed else len(rows)


def _key(text: str) -> str:
    return "".join(text.lstrip("# ").casefold().split())
