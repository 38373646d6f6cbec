"""arXiv's lists saved as markdown: the text of a list with its links.

Savers differ in how they write the definition list and in what they escape: the mark-up is undone
line by line, and what is left is read as the text of a list. Known from one saver's output word for
word and from descriptions of others'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts import arxiv_list_text
from services.ingest.layouts.layout import Answer, Layout, Listing, Mismatch
from services.ingest.parts.arxiv_outline import outline

# Within the words of a link brackets are paired or escaped, within its address parentheses are
# paired: "[[1]](address)", "[arXiv:2608.00001](address "Abstract")". Mathematics has "f[x](t)". A
# wrapped link goes on in the next line, but not beyond a blank one.
_LINK = re.compile(
    r"(?<!\\)!?\[(?P<words>(?:[^\[\]\\\n]|\n(?!\n)|\\.|\[[^\[\]\n]*\])*)\]"
    r"\(<?(?P<address>(?:https?:|file:|mailto:|[/#.])[^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?"
    r"(?:[ \n]\"[^\"\n]*(?:\n[^\"\n]+)?\")?\)"
)
_ATTRIBUTES = re.compile(r"(?:\[(?P<words>[^\[\]]*)\])?\{[#.][^{}]*\}")
_ADDRESS_WORDS = re.compile(r"this\shttps?\sURL", re.IGNORECASE)
_LEADING = re.compile(r"(?:#{1,6}|:|>) +")
_LABEL = re.compile(r"(?:\*\*|__)(?P<label>[A-Z][A-Za-z-]+:) ?(?:\*\*|__) ?")
_DIVISION = ":::"
_ESCAPE = re.compile(r"\\([^\w\s])")
_LINKED_NUMBER = re.compile(r"\[\\?\[\d{1,6}\\?\]\]\(|\\\[\d{1,6}\\\]")


@dataclass(frozen=True, slots=True)
class _Page:
    """A page without its mark-up: its lines, and for each those addresses that it does not name."""

    lines: list[str]
    addresses: list[Sequence[str]]


def recognise(capture: Capture) -> Answer:
    """Look for numbers in linked or escaped brackets, and then for the text of a list."""
    page = _page(capture)
    if page is None:
        return Mismatch("no line begins with a number in brackets that is a link or escaped")
    return arxiv_list_text.answer(outline(page.lines), page.lines, page.addresses)


def parse(capture: Capture) -> Listing:
    """Read a recognised page."""
    page = _page(capture)
    assert page is not None
    return arxiv_list_text.listing(outline(page.lines), page.lines, page.addresses)


def _page(capture: Capture) -> _Page | None:
    """Undo a page's mark-up, or give None for a page without the numbers of a list in it."""
    numbers = map(_LINKED_NUMBER.match, capture.lines)
    first = next(filter(None, numbers), None)
    if first is None:
        return None
    # Where a saver escapes the brackets of a number it escapes all that could be mark-up.
    escaped = "\\" in first[0]
    unlinked, addresses = _unlinked("\n".join(capture.lines))
    lines = [_undone(line, escaped=escaped) for line in unlinked.split("\n")]
    return _Page(lines, [addresses.get(at, ()) for at in range(len(lines))])


def _unlinked(text: str) -> tuple[str, dict[int, list[str]]]:
    """Put the words of links in their place, and give the addresses of some by their line."""
    pieces: list[str] = []
    addresses: dict[int, list[str]] = {}
    end = line = 0
    for link in _LINK.finditer(text):
        before, words = text[end : link.start()], link["words"].replace("\n", " ")
        line += before.count("\n")
        if _ADDRESS_WORDS.fullmatch(words):
            addresses.setdefault(line, []).append(link["address"])
        pieces += (before, words)
        end = link.end()
    return "".join((*pieces, text[end:])), addresses


def _undone(line: str, *, escaped: bool) -> str:
    if not line or line.startswith(_DIVISION):
        return ""
    if line[0] in "#:>":
        line = _LEADING.sub("", line, count=1)
    if "{" in line:
        line = _ATTRIBUTES.sub(lambda found: found["words"] or "", line)
    if escaped and "\\" in line:
        line = _ESCAPE.sub(_escaped, line)
    if label := _LABEL.match(line):
        line = f"{label['label']} {line[label.end() :]}"
    return line.strip()


def _escaped(found: re.Match[str]) -> str:
    return found[1]


LAYOUT = Layout("arxiv_list_markdown", Form.TEXT, recognise, parse)
