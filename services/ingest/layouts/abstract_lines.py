"""Abstracts only, one a line: no title, no mark of a site.

The most generic form that there is, so it asks for more than the form: every line must be long
enough for an abstract, but for a few single words (the search term, a counter), and two lines of
three must read like one.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import Answer, Layout, ListedPaper, Listing, Match, Mismatch
from services.ingest.lines import has_letters, has_words, may_be_abstract
from services.ingest.prose import reads_like_an_abstract

_NOISE_CHARACTERS = 20
_ABSTRACTS_A_NOISE_LINE = 4


def recognise(capture: Capture) -> Answer:
    """Look for nothing but long lines, most of which read like abstracts."""
    abstracts = _abstracts(capture)
    if not abstracts:
        return Mismatch("no line is long enough for an abstract")
    fault = _beside(capture.lines, most_noise=len(abstracts) // _ABSTRACTS_A_NOISE_LINE)
    if fault is not None:
        return Mismatch(fault)
    likely = sum(map(reads_like_an_abstract, abstracts))
    if 3 * likely < 2 * len(abstracts):
        return Mismatch(f"{likely} of {len(abstracts)} lines read like an abstract in English")
    return Match(f"{len(abstracts)} long lines, {likely} of them read like abstracts")


def parse(capture: Capture) -> Listing:
    """Take each long line of a recognised page as an abstract without a title."""
    abstracts = _abstracts(capture)
    return Listing(
        papers=tuple(ListedPaper(None, line) for line in abstracts),
        ignored_lines=len(capture.rows) - len(abstracts),
    )


def _abstracts(capture: Capture) -> Sequence[str]:
    return [line for line in capture.lines if may_be_abstract(line) and has_letters(line)]


def _beside(lines: Sequence[str], *, most_noise: int) -> str | None:
    """Say what else than abstracts and ``most_noise`` single words is on the page, or None."""
    noise = 0
    for number, line in enumerate(lines, start=1):
        if not line or may_be_abstract(line) or not has_words(line):
            continue
        if len(line) > _NOISE_CHARACTERS or " " in line:
            return f"line {number} is too short for an abstract: {len(line)} characters"
        noise += 1
        if noise > most_noise:
            return f"line {number} is one single word more than the {most_noise} that are let pass"
    return None


LAYOUT = Layout("abstract_lines", Form.TEXT, recognise, parse, generic=True)
