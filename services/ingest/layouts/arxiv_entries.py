"""The entries of an arXiv list that was saved as text: what each of its lines is.

An entry begins with its number in brackets and ``arXiv:`` with its id, on one line or two. Then
come the title, the authors and labelled fields, of which the subjects are the last; what follows
them up to the next entry, heading or closing line is the abstract. Blank lines part the fields
where the saver kept them; without them a field is one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from services.common.records import Kind
from services.ingest.identifiers import arxiv_id
from services.ingest.layouts import arxiv_marks
from services.ingest.layouts.arxiv_marks import Heading, heading
from services.ingest.lines import has_words

_NUMBER = re.compile(r"\[(\d{1,6})\]")
_NAME = re.compile(r"\[(?P<number>\d{1,6})\] ?(?P<id>arXiv: ?\S{1,40})(?P<mark>(?: ?[(\[].*)?)")
_CLOSING = re.compile(
    r"\[? ?(?:total of|showing up to) \d{1,9} entries\b.*|"
    r"We gratefully acknowledge support from.{0,60}|Links to: arXiv\b.*|Skip to main content",
    re.IGNORECASE,
)
_MORE = "showing up to"
_PAGING_LINES = 200

_TITLE = "Title:"
_AUTHORS = "Authors:"
_SUBJECTS = "Subjects:"
_LABELS = ("Comments:", "Journal-ref:", "Report-no:", "MSC-class:", "ACM-class:", _SUBJECTS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper of a list; its texts are as on the page, on one line.

    Args:
        lines: the first of its lines and the one after its last.
        arxiv_id: without version.
        kind: by its section and the mark beside its id.
        title: None where it has none.
        authors: their line.
        abstract: empty where the list gives none.
    """

    lines: tuple[int, int]
    arxiv_id: str
    kind: Kind | None
    title: str | None
    authors: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Body:
    """What a page consists of.

    Args:
        entries: in the order of the page.
        headings: of the page and its sections.
        declared: how many papers the page says that it shows.
        first_line: where the first entry begins, or how many lines there are.
        marked: whether the page says that it is a list: by a heading of one, or by its total.
        ignored_lines: how many lines with words belong to no paper.
    """

    entries: tuple[Entry, ...]
    headings: tuple[Heading, ...]
    declared: int | None
    first_line: int
    marked: bool
    ignored_lines: int

    @property
    def date_label(self) -> str | None:
        """The page's day; the days that recent lists link to at their top come after it."""
        days = [found for found in self.headings if found.day]
        own = [found for found in days if found.shown is not None or not found.section]
        return next((found.day for found in own or days), None)


@dataclass(frozen=True, slots=True)
class _Name:
    """The start of an entry: its number, its id, the mark beside it, where its fields begin."""

    number: int
    arxiv_id: str
    mark: str
    after: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of lines: of an entry if it has a name."""

    start: int
    end: int
    name: _Name | None
    section: Kind | None


def body(lines: Sequence[str]) -> Body:
    """Read a page, given as lines that are cleaned, blank ones as empty strings."""
    headings: list[Heading] = []
    named: list[tuple[_Part, _Name]] = []
    ignored = 0
    for part in _parts(lines, headings):
        if part.name is not None:
            named.append((part, part.name))
        else:
            ignored += sum(map(has_words, lines[part.start : part.end]))
    paging = _paging(lines)
    first = named[0][1].number if named else None
    return Body(
        entries=tuple(_entry(lines, part, name) for part, name in named),
        headings=tuple(headings),
        declared=arxiv_marks.declared(headings, paging=paging, first=first),
        first_line=named[0][0].start if named else len(lines),
        marked=bool(paging) or any(one.shown or not one.section for one in headings),
        ignored_lines=ignored,
    )


def _parts(lines: Sequence[str], headings: list[Heading]) -> Iterator[_Part]:
    """Cut a page at names, headings and closing lines; headings are put into the list."""
    start, name, section = 0, None, None
    for at, line in enumerate(lines):
        if not line or (name is not None and at < name.after):
            continue
        found, begun = heading(line), _name(lines, at)
        if found is None and begun is None and not _CLOSING.fullmatch(line):
            continue
        yield _Part(start, at, name, section)
        start, name = at, begun
        if found is not None:
            headings.append(found)
            section = found.kind if found.section else section
    yield _Part(start, len(lines), name, section)


def _name(lines: Sequence[str], at: int) -> _Name | None:
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
    return _Name(int(found["number"]), identifier, found["mark"], at + 1)


def _paging(lines: Sequence[str]) -> str:
    """Give the line that says how many papers the list has, and the ranges of its pages."""
    for at, line in enumerate(lines):
        if _CLOSING.fullmatch(line) and arxiv_marks.total(line):
            following = lines[at : at + _PAGING_LINES]
            return " ".join(takewhile(lambda each: _MORE not in each.lower(), following))
    return ""


def _entry(lines: Sequence[str], part: _Part, name: _Name) -> Entry:
    fields = lines[name.after : part.end]
    titled = next((at for at, line in enumerate(fields) if line.startswith(_TITLE)), len(fields))
    labelled = _next_label(fields, titled)
    title, authors = _head(fields[titled:labelled])
    mark = " ".join((name.mark, *fields[:titled]))
    return Entry(
        lines=(part.start, part.end),
        arxiv_id=name.arxiv_id,
        kind=arxiv_marks.kind(part.section, mark),
        title=title or None,
        authors=authors,
        abstract=_joined(fields[_after_subjects(fields, labelled) :]),
    )


def _head(lines: Sequence[str]) -> tuple[str, str]:
    """Part the title, which may be wrapped, from the authors below it."""
    blocks = list(_blocks(lines))
    if not blocks:
        return "", ""
    if blocks[0] == [_TITLE]:
        del blocks[0]
    if len(blocks) == 1:
        # Nothing but the ends of lines parts them: a bare label is followed by the title's line.
        size = 2 if blocks[0][0] == _TITLE else 1
        blocks = [blocks[0][:size], blocks[0][size:]]
    title, authors = _joined(blocks[0]), " ".join(map(_joined, blocks[1:])) if blocks else ""
    return title.removeprefix(_TITLE).strip(), authors.removeprefix(_AUTHORS).strip()


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Give the runs of lines between blank ones; the authors' label begins one."""
    block: list[str] = []
    for line in lines:
        if block and (not line or line.startswith(_AUTHORS)):
            yield block
            block = []
        if line:
            block.append(line)
    if block:
        yield block


def _next_label(lines: Sequence[str], at: int) -> int:
    return next(
        (later for later in range(at, len(lines)) if lines[later].startswith(_LABELS)), len(lines)
    )


def _after_subjects(lines: Sequence[str], at: int) -> int:
    """Give where the abstract begins: after the subjects, "Name (code); Name (code)"."""
    at = next(
        (later for later in range(at, len(lines)) if lines[later].startswith(_SUBJECTS)), len(lines)
    )
    last = ""
    while at < len(lines):
        line = lines[at]
        whole = last.endswith(")") and not line.startswith(";")
        if last and (whole or not line):
            break
        last = line.removeprefix(_SUBJECTS).strip() or last
        at += 1
    return at


def _joined(lines: Sequence[str]) -> str:
    return " ".join(filter(has_words, lines))
