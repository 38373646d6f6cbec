"""arXiv's lists saved as text: new, recent, a month, catch-up."""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest import clean
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import (
    PARTIAL,
    Answer,
    BadItem,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.lines import has_letters, has_words, may_be_abstract
from services.ingest.parts import arxiv_entries, arxiv_marks
from services.ingest.parts.arxiv_entries import Entry
from services.ingest.parts.arxiv_outline import Outline, ignored_lines, outline

_CUT = "[Content truncated]"

# A program, or a note on one, that quotes a list: a site's menu has no such lines.
_CODE_STARTS = (
    *("import ", "from ", "def ", "class ", "const ", "let ", "var ", "export ", "func "),
    *("//", "/*", "<", "@", "$ ", "it(", "test("),
)
_CODE_ENDS = ("{", "}", ";", "`", "(", "=", "\\", '"""', "'''", "EOF", "EOF'", ": |")


def recognise(capture: Capture) -> Answer:
    """Look for a list's heading or total, and below it for numbered ids, each with a title."""
    return answer(outline(capture.lines), capture.lines)


def parse(capture: Capture) -> Listing:
    """Read a recognised page."""
    return listing(outline(capture.lines), capture.lines)


def answer(found: Outline, lines: Sequence[str], addresses: Sequence[Sequence[str]] = ()) -> Answer:
    """Say whether what was found on a page is a list of arXiv's; arguments as of ``listing``."""
    if not found.marked:
        return Mismatch("no line is a heading of arXiv's lists or says how many entries there are")
    fault = _quoted(lines[: found.first_line])
    if fault is not None:
        return Mismatch(fault)
    count, titled = arxiv_entries.titles(found, lines)
    if not titled and any(map(arxiv_marks.says_nothing_new, lines)):
        return Match("a heading of arXiv's lists, and a line that says that there are no updates")
    if 2 * titled <= count:
        return Mismatch(f"{titled} of {count} numbered arXiv ids have a title")
    reason = f"a heading or total of arXiv's lists, and {titled} numbered ids with titles"
    return Match(reason, listing(found, lines, addresses))


def listing(
    found: Outline, lines: Sequence[str], addresses: Sequence[Sequence[str]] = ()
) -> Listing:
    """Give the papers of a page.

    Args:
        found: its outline.
        lines: as the outline is of them.
        addresses: for each line those that it links to instead of writing them out, if any.
    """
    papers: list[ListedPaper] = []
    bad_items: list[BadItem] = []
    for position, entry in enumerate(arxiv_entries.entries(found, lines), start=1):
        paper = _paper(entry, addresses[slice(*entry.lines)])
        if paper is not None:
            papers.append(paper)
        else:
            content = "\n".join(filter(None, lines[slice(*entry.lines)]))
            bad_items.append(BadItem(position, content, "the entry has no title in words"))
    return Listing(
        papers=tuple(papers),
        declared=found.declared,
        flags=(PARTIAL,) if any(line.endswith(_CUT) for line in lines) else (),
        date_label=found.date_label,
        ignored_lines=ignored_lines(found, lines),
        bad_items=tuple(bad_items),
    )


def _paper(entry: Entry, addresses: Sequence[Sequence[str]]) -> ListedPaper | None:
    if entry.title is None or not has_letters(entry.title + entry.abstract):
        return None
    return ListedPaper(
        title=clean.title(entry.title),
        abstract=clean.abstract(entry.abstract),
        authors=clean.names(arxiv_marks.names(entry.authors)),
        arxiv_id=entry.arxiv_id,
        addresses=(f"https://arxiv.org/abs/{entry.arxiv_id}",),
        more_addresses=tuple(dict.fromkeys(each for line in addresses for each in line)),
        kind=entry.kind,
    )


def _quoted(head: Sequence[str]) -> str | None:
    """Say what above the first paper is of no list: a line of a program or of prose, or None."""
    for number, line in enumerate(head, start=1):
        if not has_words(line) or line.startswith("```"):
            continue
        if line.startswith(_CODE_STARTS) or line.endswith(_CODE_ENDS):
            return f"line {number} stands above the list and is of a program"
        if may_be_abstract(line):
            return f"line {number} stands above the list and is prose"
    return None


LAYOUT = Layout("arxiv_list_text", Form.TEXT, recognise, parse)
