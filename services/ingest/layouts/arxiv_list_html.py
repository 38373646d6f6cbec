"""arXiv's lists as HTML: new, recent, a month, catch-up; abstracts where the list has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.common.records import Kind
from services.ingest import clean
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import arxiv_id
from services.ingest.layouts import arxiv_marks
from services.ingest.layouts.arxiv_marks import Heading, heading
from services.ingest.layouts.arxiv_markup import Passage, passage
from services.ingest.layouts.layout import (
    Answer,
    BadItem,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.lines import has_letters

_SITE = "#dlpage"
_LIST = "dl#articles"
_TITLE = "dd .list-title"
# One pass in document order: a day may have a list of its own or be a heading within one list.
_PARTS = (
    "h1, h3, .paging, small, dt, dd .list-title, dd .list-authors, dd .list-comments, dd p.mathjax"
)
_NUMBER = re.compile(r"\[(\d{1,9})\]")


@dataclass(slots=True)
class _Entry:
    """One paper as its parts come along."""

    number: int
    mark: LexborNode
    section: Kind | None
    parts: dict[str, Passage] = field(default_factory=dict)


@dataclass(slots=True)
class _Page:
    """The parts of a page, sorted."""

    headings: list[Heading] = field(default_factory=list)
    entries: list[_Entry] = field(default_factory=list)
    paging: str = ""


def recognise(capture: Capture) -> Answer:
    """Look for the site's list element, and in it for papers or the words that there are none."""
    scope = _scope(capture.html)
    if scope is None:
        return Mismatch(f"no element is {_SITE} or {_LIST}")
    if scope.css_first(_TITLE) is not None:
        return Match("arXiv's list element, and titles in it")
    if arxiv_marks.says_nothing_new(scope.text()):
        return Match("arXiv's list element, which says that there are no updates")
    return Mismatch("arXiv's list element has no titles and does not say that there are no updates")


def parse(capture: Capture) -> Listing:
    """Read a recognised page."""
    page = _read(_scope(capture.html))
    first = page.entries[0].number if page.entries else None
    papers: list[ListedPaper] = []
    bad_items: list[BadItem] = []
    for position, entry in enumerate(page.entries, start=1):
        paper = _paper(entry)
        if paper is not None:
            papers.append(paper)
        elif _identifier(entry.mark) or entry.parts:
            detail = "the entry has no title in words"
            bad_items.append(BadItem(position, entry.mark.html or "", detail))
    return Listing(
        papers=tuple(papers),
        declared=arxiv_marks.declared(page.headings, paging=page.paging, first=first),
        date_label=next((found.day for found in page.headings if found.day), None),
        bad_items=tuple(bad_items),
    )


def _scope(tree: LexborHTMLParser) -> LexborNode | None:
    """Give the element that holds the list: of a page saved in part it may be the body."""
    return tree.css_first(_SITE) or (tree.body if tree.css_first(_LIST) is not None else None)


def _read(scope: LexborNode | None) -> _Page:
    page = _Page()
    section: Kind | None = None
    for node in () if scope is None else scope.css(_PARTS):
        if node.tag in ("h1", "h3"):
            found = heading(passage(node).text)
            if found is not None:
                page.headings.append(found)
                section = found.kind if found.section else section
        elif node.tag == "dt":
            page.entries.append(_Entry(_number(node), node, section))
        elif (name := _name(node)) is None:
            page.paging = page.paging or _paging(node)
        elif page.entries:
            page.entries[-1].parts.setdefault(name, passage(node))
    return page


def _paging(node: LexborNode) -> str:
    text = passage(node).text
    return text if arxiv_marks.total(text) else ""


def _name(node: LexborNode) -> str | None:
    """Give which field of a paper a node is, or None for one that is about the page."""
    if node.tag == "p":
        return "abstract"
    classes = (node.attributes.get("class") or "").split()
    return next((name for name in classes if name.startswith("list-")), None)


def _number(mark: LexborNode) -> int:
    found = _NUMBER.search(mark.text())
    return 0 if found is None else int(found[1])


def _paper(entry: _Entry) -> ListedPaper | None:
    nothing = Passage("", ())
    title = clean.title(entry.parts.get("list-title", nothing).text.removeprefix("Title:"))
    abstract = entry.parts.get("abstract", nothing)
    comments = entry.parts.get("list-comments", nothing)
    if title is None or not has_letters(title + abstract.text):
        return None
    identifier = _identifier(entry.mark)
    return ListedPaper(
        title=title,
        abstract=clean.abstract(abstract.text),
        authors=_authors(entry.parts.get("list-authors", nothing)),
        arxiv_id=identifier,
        addresses=(f"https://arxiv.org/abs/{identifier}",) if identifier else (),
        more_addresses=tuple(dict.fromkeys((*abstract.addresses, *comments.addresses))),
        kind=arxiv_marks.kind(entry.section, entry.mark.text()),
    )


def _authors(field: Passage) -> tuple[str, ...]:
    """Give the names that are links; a saver may have dropped the links."""
    return clean.names(field.names or arxiv_marks.names(field.text.removeprefix("Authors:")))


def _identifier(mark: LexborNode) -> str | None:
    return next(filter(None, map(arxiv_id, _fields(mark))), None)


def _fields(mark: LexborNode) -> Iterator[str]:
    """Give what may name a paper in the line before it: the words of a link, then its address."""
    for link in mark.css("a"):
        yield link.text()
        href = link.attributes.get("href") or ""
        yield f"https://arxiv.org{href}" if href.startswith("/") else href


LAYOUT = Layout("arxiv_list_html", Form.HTML, recognise, parse)
