"""arXiv's search results as HTML, abstracts shown or hidden.

Source: the templates ``search.html`` and ``search-macros.html`` of arxiv-search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.ingest import clean
from services.ingest.capture import Capture
from services.ingest.dates import written_date
from services.ingest.form import Form
from services.ingest.identifiers import identifiers
from services.ingest.layouts.layout import (
    ABSTRACT_TRUNCATED,
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
from services.ingest.parts.arxiv_markup import MIXING, Allowance, Field, Passage, passage

_RESULT = "li.arxiv-result"
_TITLE = "p.title"
_FIELDS = {
    "list-title": "p.list-title",
    "title": "p.title",
    "authors": "p.authors",
    "abstract-full": "span.abstract-full",
    "abstract-short": "span.abstract-short",
    "is-size-7": "p.is-size-7",
}
"""Where the fields are by their class; the dates come first of the lines in small print."""

# No selector names an ancestor: to look for one costs the depth of the page for each element.
_PARTS = ", ".join((_RESULT, *_FIELDS.values(), "a", *sorted(MIXING)))
_INNER = frozenset({"a", *MIXING})
_SITE = "[href*='arxiv.org'], [action*='arxiv.org']"
_COUNT = "h1"
_MOST_NOTES = 10
"""Headings and warnings that are read: a page has one."""

_SHOWING = re.compile(
    "Showing (?P<first>[0-9,]{1,11}) ?[-\u2013\u2014] ?(?P<last>[0-9,]{1,11}) of [0-9,]{1,11} "
)
_WARNING = "p.has-text-warning"
_NO_RESULTS = re.compile(r"Sorry, your query (?:for .*)?(?:produced|returned) no results\.?")
_FIRST_VERSION = "v1 submitted"
_NOTHING = Passage("", ())


@dataclass(slots=True)
class _Result:
    """One result as its fields come along; the link of its DOI follows the field of its name."""

    node: LexborNode
    fields: dict[str, Field] = field(default_factory=dict)

    def passage(self, name: str) -> Passage:
        """Read a field; one that is not there is empty."""
        found = self.fields.get(name)
        return _NOTHING if found is None else found.passage()

    def linked(self, name: str) -> list[str]:
        """Give the words and addresses of the links in a field, and of those that follow it."""
        links = self.fields[name].links if name in self.fields else []
        return [part for a in links for part in (a.text(), a.attributes.get("href") or "")]


def recognise(capture: Capture) -> Answer:
    """Look for the site's results with titles, or for the words that there are none."""
    tree = capture.html
    if tree.css_first(_RESULT) is not None:
        if tree.css_first(_TITLE) is not None:
            return Match("elements of arXiv's search results, and of their titles")
        return Mismatch("arXiv's search results have no titles")
    if tree.css_first(_SITE) is None:
        return Mismatch(f"no element is {_RESULT}, and none leads to arXiv")
    warnings = (passage(node).text for node in tree.css(_WARNING)[:_MOST_NOTES])
    if any(map(_NO_RESULTS.fullmatch, warnings)):
        return Match("an address of arXiv, and its words that a query has no results")
    return Mismatch(f"no element is {_RESULT}, and the page does not say that there are no results")


def parse(capture: Capture) -> Listing:
    """Read a recognised page."""
    papers: list[ListedPaper] = []
    bad_items: list[BadItem] = []
    allowance = Allowance.of(capture.text)
    for position, result in enumerate(_results(capture.html, allowance), start=1):
        paper = _paper(result, captured_at=capture.captured_at)
        if paper is not None:
            papers.append(paper)
        else:
            detail = "the result has no title in words"
            bad_items.append(BadItem(position, passage(result.node).text, detail))
    return Listing(
        papers=tuple(papers),
        declared=_declared(capture.html),
        flags=(PARTIAL,) if allowance.left < 0 else (),
        bad_items=tuple(bad_items),
    )


def _results(tree: LexborHTMLParser, allowance: Allowance) -> list[_Result]:
    """Collect the fields in one pass, in document order."""
    results: list[_Result] = []
    last: Field | None = None
    for node in tree.css(_PARTS):
        tag = node.tag
        if tag in _INNER:
            if last is not None:
                last.add(node)
        elif not allowance.covers(node):
            break
        elif tag == "li":
            results.append(_Result(node))
            last = None
        elif results:
            last = Field(node)
            results[-1].fields.setdefault(_name(node), last)
    return results


def _name(node: LexborNode) -> str:
    classes = (node.attributes.get("class") or "").split()
    return next((name for name in _FIELDS if name in classes), "")


def _declared(tree: LexborHTMLParser) -> int | None:
    for heading in tree.css(_COUNT)[:_MOST_NOTES]:
        if found := _SHOWING.search(passage(heading).text):
            first, last = (int(found[name].replace(",", "") or 0) for name in ("first", "last"))
            return last - first + 1 if last >= first else None
    return None


def _paper(result: _Result, *, captured_at: datetime) -> ListedPaper | None:
    title = result.passage("title").text
    full = result.passage("abstract-full")
    short = _NOTHING if full.text else result.passage("abstract-short")
    abstract = clean.unlabelled(full.text or short.text)
    if not title or not has_letters(title + abstract):
        return None
    arxiv_id, doi = identifiers(*result.linked("list-title"))
    own = (arxiv_id and f"https://arxiv.org/abs/{arxiv_id}", doi and f"https://doi.org/{doi}")
    return ListedPaper(
        title=title,
        abstract=abstract or None,
        authors=clean.names(result.passage("authors").names),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=tuple(filter(None, own)),
        more_addresses=full.addresses,
        published=_published(result.passage("is-size-7").text, captured_at=captured_at),
        flags=(ABSTRACT_TRUNCATED,) if short.text else (),
    )


def _published(line: str, *, captured_at: datetime) -> date | None:
    """Give the day of the first version; the date that stands first is this version's."""
    first = line.partition(_FIRST_VERSION)[2]
    return written_date(first or line, captured_at=captured_at)


LAYOUT = Layout("arxiv_search_html", Form.HTML, recognise, parse)
