"""The entries of an arXiv list that was saved as text.

After its number and id an entry has the title, the authors and labelled fields, of which the
subjects are the last; what follows them is the abstract. Blank lines part the fields where the
saver kept them; without them a field is one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.common.records import Kind
from services.ingest.lines import has_words
from services.ingest.parts import arxiv_marks
from services.ingest.parts.arxiv_outline import Name, Outline, Part

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


def entries(outline: Outline, lines: Sequence[str]) -> Iterator[Entry]:
    """Read the entries of a page, in their order."""
    for part in outline.parts:
        if part.name is not None:
            yield _entry(lines, part, part.name)


def titles(outline: Outline, lines: Sequence[str]) -> tuple[int, int]:
    """Count the entries of a page, and those that have a line for their title."""
    named = [part for part in outline.parts if part.name is not None]
    titled = (
        any(line.startswith(_TITLE) for line in lines[part.start : part.end]) for part in named
    )
    return len(named), sum(titled)


def _entry(lines: Sequence[str], part: Part, name: Name) -> Entry:
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
    if blocks[0] == [_TITLE] and len(blocks) > 1:
        del blocks[0]
    if len(blocks) == 1:
        # Nothing but the ends of lines parts them: a bare label is followed by the title's line.
        size = 2 if blocks[0][0] == _TITLE else 1
        blocks = [blocks[0][:size], blocks[0][size:]]
    title, authors = _joined(blocks[0]), " ".join(map(_joined, blocks[1:]))
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
