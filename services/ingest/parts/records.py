"""Titles and abstracts set apart by remarks, in the plain text of Hugging Face Papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from services.ingest.layouts.layout import Mismatch
from services.ingest.lines import (
    ABSTRACT_LEAST,
    SHORT_ABSTRACT_LEAST,
    has_words,
    may_be_abstract,
    may_be_title,
)
from services.ingest.parts import boilerplate
from services.ingest.parts.remarks import CUT, SUBMITTED, counts_authors, is_dated, is_remark

_LONGEST_NAME = 100
_WIDEST = 130
"""Columns at which savers wrap, at most."""

# Beside an abstract or a number of authors are votes, title, organisation, date and comments, with
# blank lines, and the page has menus: all else is refused before each line is looked at.
_MOST_LINES = 60
_MOST_OF_SITE = 1_000

_LEAST_TITLES = 3
_LONGEST_OF_SITE = 60

_OTHER_FORMS = ("### ", "https://huggingface.co/papers/")
_MARKUP = ("#", "[", "!", "http://", "https://")


@dataclass(frozen=True, slots=True)
class Record:
    """One paper's lines: ``cut`` where its abstract was, and what is said beside it."""

    title: str
    abstract: str | None
    said: tuple[str, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Records:
    """A page's records, the site's lines above them, and whether the page was cut."""

    records: tuple[Record, ...]
    above: tuple[str, ...]
    cut: bool


@dataclass(slots=True)
class Run:
    """Lines that are no remarks, and the remarks that follow them; ``number`` is the first's."""

    number: int
    lines: list[str]
    said: list[str] = field(default_factory=list)
    is_dated: bool = False
    counts_authors: bool = False

    def add(self, remark: str) -> None:
        """Note a remark that follows."""
        self.said.append(remark)
        self.is_dated = self.is_dated or is_dated(remark)
        self.counts_authors = self.counts_authors or counts_authors(remark)

    @property
    def is_signed(self) -> bool:
        """Whether a date or the number of authors follows."""
        return self.is_dated or self.counts_authors


def records(lines: Sequence[str]) -> Records | Mismatch:
    """Read a page's records, or say what is not as in a list of them."""
    below = boilerplate.below_banner(lines)
    if not below:
        return Mismatch("no line is the banner of Hugging Face Papers")
    if any(line.startswith(_OTHER_FORMS) for line in below):
        return Mismatch("the page has headings of Markdown or addresses of papers")
    papers = sum(may_be_abstract(line) or "author" in line for line in below)
    if len(below) > _MOST_LINES * papers + _MOST_OF_SITE:
        return Mismatch(f"{len(below)} lines, {papers} of them an abstract or a number of authors")
    first = len(lines) - len(below) + 1
    rows = list(_rows(_unwrapped(below), first=first))
    start = _start(rows)
    end, cut = _end(rows, start)
    runs = _runs(rows[start:end])
    with_abstracts = any(may_be_abstract(line) for run in runs for line in run.lines)
    if cut and with_abstracts and len(runs[-1].lines) < 2:
        runs.pop()
    fault = _fault(runs, with_abstracts=with_abstracts, cut=cut)
    if fault is not None:
        return Mismatch(fault)
    found = tuple(
        _record(run, has_abstract=with_abstracts, cut=cut and run is runs[-1]) for run in runs
    )
    return Records(found, tuple(text for _, text in rows[:start]), cut)


def _rows(lines: Sequence[str], *, first: int) -> Iterator[tuple[int, str]]:
    """Yield lines that are not blank by their number, without who submitted a paper."""
    submitter = False
    glued = not any(map(_is_button, lines))
    for number, line in enumerate(lines, start=first):
        text = boilerplate.without_button(line) if glued else line
        glued = glued and (not line or boilerplate.is_banner(line))
        if not text or (submitter and has_words(text)):
            submitter = submitter and not text
        else:
            submitter = text == SUBMITTED
            yield number, text


def _unwrapped(lines: Sequence[str]) -> Sequence[str]:
    """Join lines that follow one another where the page was wrapped; the others become blank."""
    if any(len(line) > _WIDEST for line in lines):
        return lines
    groups = [(of_text, list(group)) for of_text, group in groupby(lines, key=_is_of_text)]
    if not any(of_text and _is_long(group) for of_text, group in groups):
        return lines
    return [
        line
        for of_text, group in groups
        for line in ([" ".join(group)] + [""] * (len(group) - 1) if of_text else group)
    ]


def _is_of_text(line: str) -> bool:
    if not line or is_remark(line):
        return False
    return len(line) > _LONGEST_OF_SITE or not boilerplate.opens(line)


def _is_long(group: Sequence[str]) -> bool:
    """Whether lines that follow one another are more than a title and a name."""
    return len(group) > 2 and sum(map(len, group)) >= ABSTRACT_LEAST


def _is_button(line: str) -> bool:
    return line.casefold() == "subscribe"


def _start(rows: Sequence[tuple[int, str]]) -> int:
    for at, (_, text) in enumerate(rows):
        dated = boilerplate.date_label([text]) is not None
        if not (dated or boilerplate.opens(text) or not has_words(text)):
            return at
    return len(rows)


def _end(rows: Sequence[tuple[int, str]], start: int) -> tuple[int, bool]:
    """Give where the records end, and whether the capture does too."""
    last = start
    for at in range(start, len(rows)):
        text = rows[at][1]
        if text == CUT:
            return at, True
        if may_be_abstract(text):
            last = at
    closing = (at for at in range(last, len(rows)) if boilerplate.closes(rows[at][1]))
    end = next(closing, len(rows))
    return end, end > start and rows[end - 1][1].endswith(CUT)


def _runs(rows: Sequence[tuple[int, str]]) -> list[Run]:
    runs: list[Run] = []
    for number, text in rows:
        if is_remark(text):
            if runs:
                runs[-1].add(text)
        elif not runs or runs[-1].said:
            runs.append(Run(number, [text]))
        else:
            runs[-1].lines.append(text)
    return runs


def _fault(runs: Sequence[Run], *, with_abstracts: bool, cut: bool) -> str | None:
    """Say what is not as in a list of papers, or None."""
    for run in runs:
        fault = _fault_of(run, with_abstracts=with_abstracts, is_last=run is runs[-1], cut=cut)
        if fault is not None:
            return f"line {run.number} {fault}"
    if with_abstracts:
        return None if any(run.is_signed for run in runs) else "no date or authors of any paper"
    if len(runs) < _LEAST_TITLES:
        return f"{len(runs)} titles without abstracts are too few to be told from other words"
    counted = sum(run.counts_authors for run in runs)
    return None if 2 * counted > len(runs) else "no number of authors follows most titles"


def _fault_of(run: Run, *, with_abstracts: bool, is_last: bool, cut: bool) -> str | None:
    title, names = run.lines[0], run.lines[2:] if with_abstracts else run.lines[1:]
    if not may_be_title(title) or title.startswith(_MARKUP):
        return f"stands where a title should and has {len(title)} characters"
    if with_abstracts and not _has_abstract(run, cut=cut and is_last):
        return "is a title without an abstract"
    # An organisation is named instead of a number of authors.
    most_names = 0 if run.counts_authors else 1
    if len(names) > most_names or any(len(name) > _LONGEST_NAME for name in names):
        return "begins more than one paper's lines without a remark between them"
    if with_abstracts and not run.is_signed and not is_last:
        return "is a paper without date and authors"
    return None


def _has_abstract(run: Run, *, cut: bool) -> bool:
    """Whether an abstract follows a run's title; one that was cut may be of any length."""
    return len(run.lines) > 1 and (cut or may_be_abstract(run.lines[1]))


def _record(run: Run, *, has_abstract: bool, cut: bool) -> Record:
    abstract = run.lines[1].removesuffix(CUT).rstrip() if has_abstract else ""
    if len(abstract) < SHORT_ABSTRACT_LEAST:
        return Record(run.lines[0], None, tuple(run.said), cut=False)
    return Record(run.lines[0], abstract, tuple(run.said), cut and not run.said)
