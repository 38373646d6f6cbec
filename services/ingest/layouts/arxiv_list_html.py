"""arXiv's lists as HTML: new, recent, a month, catch-up; abstracts where the list has them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.common.records import Kind
from services.ingest import clean
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import arxiv_id
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
from services.ingest.lines import has_letters
from services.ingest.parts import arxiv_marks
from services.ingest.parts.arxiv_marks import Heading, heading
from services.ingest.parts.arxiv_markup import MIXING, Allowance, Field, Passage, passage

_SITE = "#dlpage"
_LIST = "dl#articles"
_TITLE = ".list-title"
# One pass in document order: a day may have a list of its own or be a heading within one list. A
# link comes after the field that it is in and before the next one. No selector names an ancestor:
# to look for one costs the depth of the page for each of its elements.
_FIELDS = (".list-title", ".list-authors", ".list-comments", "p.mathjax")
_CLOSING = (".list-journal-ref", ".list-subjects")
_PARTS = ", ".join(
    ("h1", "h3", ".paging", "small", "dt", *_FIELDS, *_CLOSING, "a", *sorted(MIXING))
)
_INNER = frozenset({"a", *MIXING})
_NOTHING = Passage("", ())
_NUMBER = re.compile(r"\[(\d{1,9})\]")


@dataclass(slots=True)
class _Entry:
    """One paper as its fields come along; the mark is its line with number and id."""

    mark: Field
    section: Kind | None
    fields: dict[str, Field] = field(default_factory=dict)

    def passage(self, name: str) -> Passage:
        """Read a field; one that is not there is empty."""
        found = self.fields.get(name)
        return _NOTHING if found is None else found.passage()


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
    allowance = Allowance.of(capture.text)
    page = _read(_scope(capture.html), allowance)
    first = _number(page.entries[0].mark.node) if page.entries else None
    papers: list[ListedPaper] = []
    bad_items: list[BadItem] = []
    for position, entry in enumerate(page.entries, start=1):
        paper = _paper(entry)
        if paper is not None:
            papers.append(paper)
        elif _identifier(entry.mark) or entry.fields:
            detail = "the entry has no title in words"
            bad_items.append(BadItem(position, passage(entry.mark.node).text, detail))
    return Listing(
        papers=tuple(papers),
        declared=arxiv_marks.declared(page.headings, paging=page.paging, first=first),
        flags=(PARTIAL,) if allowance.left < 0 else (),
        date_label=next((found.day for found in page.headings if found.day), None),
        bad_items=tuple(bad_items),
    )


def _scope(tree: LexborHTMLParser) -> LexborNode | None:
    """Give the element that holds the list: of a page saved in part it may be the body."""
    return tree.css_first(_SITE) or (tree.body if tree.css_first(_LIST) is not None else None)


def _read(scope: LexborNode | None, allowance: Allowance) -> _Page:
    page = _Page()
    section: Kind | None = None
    last: Field | None = None
    for node in () if scope is None else scope.css(_PARTS):
        tag = node.tag
        if tag in _INNER:
            if last is not None:
                last.add(node)
        elif not allowance.covers(node):
            break
        elif tag == "dt":
            last = Field(node)
            page.entries.append(_Entry(last, section))
        elif name := _name(node):
            last = Field(node)
            if page.entries:
                page.entries[-1].fields.setdefault(name, last)
        else:
            section = _about(node, page, section)
    return page


def _about(node: LexborNode, page: _Page, section: Kind | None) -> Kind | None:
    """Take note of what a node says of the page, and give the section that is current after it."""
    text = passage(node).text
    found = heading(text) if node.tag in ("h1", "h3") else None
    if found is not None:
        page.headings.append(found)
        return found.kind if found.section else section
    if not page.paging and arxiv_marks.total(text):
        page.paging = text
    return section


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
    title = entry.passage("list-title").text.removeprefix("Title:").lstrip()
    abstract, comments = entry.passage("abstract"), entry.passage("list-comments")
    if not title or not has_letters(title + abstract.text):
        return None
    identifier = _identifier(entry.mark)
    return ListedPaper(
        title=title,
        abstract=clean.unlabelled(abstract.text) or None,
        authors=_authors(entry.passage("list-authors")),
        arxiv_id=identifier,
        addresses=(f"https://arxiv.org/abs/{identifier}",) if identifier else (),
        more_addresses=tuple(dict.fromkeys((*abstract.addresses, *comments.addresses))),
        kind=arxiv_marks.kind(entry.section, entry.mark.node.text()),
    )


def _authors(field: Passage) -> tuple[str, ...]:
    """Give the names that are links; a saver may have dropped the links."""
    return clean.names(field.names or arxiv_marks.names(field.text.removeprefix("Authors:")))


def _identifier(mark: Field) -> str | None:
    """Give the id that a paper's line names: by the words of a link, or by its address."""
    for link in mark.links:
        href = link.attributes.get("href") or ""
        address = f"https://arxiv.org{href}" if href.startswith("/") else href
        if found := arxiv_id(link.text()) or arxiv_id(address):
            return found
    return None


LAYOUT = Layout("arxiv_list_html", Form.HTML, recognise, parse)
