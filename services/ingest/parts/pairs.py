"""Title and abstract in strict alternation: the position decides, the form of each line confirms.

A line out of step shifts every paper after it, so one line that cannot be what its position says
refuses the whole page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.capture import Capture
from services.ingest.layouts.layout import Answer, ListedPaper, Listing, Match, Mismatch
from services.ingest.lines import Row, has_letters, may_be_abstract, may_be_title
from services.ingest.parts import boilerplate
from services.ingest.parts.boilerplate import Body


@dataclass(frozen=True, slots=True)
class Alternation:
    """A page whose rows were found in step; ``apart`` where blank lines stand between most rows."""

    body: Body
    apart: bool


def alternation(capture: Capture) -> Alternation | Mismatch:
    """Check a page's rows below the site's boilerplate, or say which is out of step."""
    body = boilerplate.body(capture)
    if isinstance(body, Mismatch):
        return body
    fault = _out_of_step(body.rows)
    if fault is not None:
        return Mismatch(fault)
    followers = body.rows[1:]
    blanks = sum(row.after_blank for row in followers)
    return Alternation(body, apart=2 * blanks >= len(followers))


def recognise(capture: Capture, *, apart: bool) -> Answer:
    """Answer for the layout whose rows stand apart, or for the one whose rows follow closely."""
    match alternation(capture):
        case Mismatch() as mismatch:
            return mismatch
        case Alternation(body, apart=as_found) if as_found == apart:
            between = "apart by blank lines" if apart else "line after line"
            count = len(body.rows) // 2
            reason = f"the site's banner, then {count} titles and abstracts {between}"
            return Match(reason, _listing(body))
        case _:
            found = "follow line after line" if apart else "stand apart by blank lines"
            return Mismatch(f"titles and abstracts {found}")


def parse(capture: Capture) -> Listing:
    """Read the pairs off a recognised page."""
    found = alternation(capture)
    assert isinstance(found, Alternation)
    return _listing(found.body)


def _listing(body: Body) -> Listing:
    """Give the pairs; one without a single letter is noise."""
    rows = body.rows
    pairs = [
        ListedPaper(title.text, abstract.text)
        for title, abstract in zip(rows[::2], rows[1::2], strict=True)
        if has_letters(title.text) or has_letters(abstract.text)
    ]
    return Listing(
        papers=tuple(pairs),
        date_label=body.date_label,
        ignored_lines=body.ignored_lines + len(rows) - 2 * len(pairs),
    )


def _out_of_step(rows: Sequence[Row]) -> str | None:
    """Say which row cannot be what its position says, or None."""
    for at, row in enumerate(rows):
        expected, fits = ("an abstract", may_be_abstract) if at % 2 else ("a title", may_be_title)
        if not fits(row.text):
            size = len(row.text)
            return f"line {row.number} stands where {expected} should and has {size} characters"
    if len(rows) % 2:
        return f"line {rows[-1].number} is a title without an abstract"
    if not any(has_letters(row.text) for row in rows):
        return "there is not one letter below the banner"
    return None
