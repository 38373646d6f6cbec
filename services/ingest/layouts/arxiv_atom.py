"""The answer of arXiv's query API: an Atom feed, in the form of today and in that until 2025."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.etree import _Element as Element

from services.ingest import clean, dates
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import arxiv_id, identifiers
from services.ingest.layouts.layout import (
    Answer,
    BadItem,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.parts.elements import (
    ARXIV,
    ATOM,
    OPENSEARCH,
    each,
    fields,
    first,
    text,
    whole,
)

_DOI, _ENTRY, _ID = ARXIV + "doi", ATOM + "entry", ATOM + "id"
_LINK, _NAME, _PUBLISHED = ATOM + "link", ATOM + "name", ATOM + "published"
_SUMMARY, _TITLE = ATOM + "summary", ATOM + "title"

_API = re.compile(r"https?://(?:export\.)?arxiv\.org/api/", re.IGNORECASE)
_ERRORS = re.compile(r"https?://(?:export\.)?arxiv\.org/api/errors\b", re.IGNORECASE)
_OWN_LINKS = frozenset({"alternate", "related"})


def is_answer(root: Element | None) -> bool:
    """Whether a page is an answer of the API, be it a list or an error."""
    if root is None or root.tag != ATOM + "feed":
        return False
    return _API.match(_id(root)) is not None or _is_error(root)


def recognise(capture: Capture) -> Answer:
    """Look for an Atom feed whose id is an address of arXiv's API."""
    root = capture.xml
    if root is None:
        return Mismatch("the page is no well-formed XML")
    if not is_answer(root):
        return Mismatch("the root is no Atom feed with an id of arXiv's API")
    if _is_error(root):
        return Mismatch("the page is arXiv's error answer, not a list")
    count = len(_entries(root))
    if count == 0 and (declared := _declared(root)) != 0:
        of = "an unknown number" if declared is None else declared
        return Mismatch(f"an answer of arXiv's API without an entry, of {of} that it declares")
    return Match(f"an Atom feed with an id of arXiv's API and {count} entries")


def parse(capture: Capture) -> Listing:
    """Read the entries; ``published`` is the date of the first version."""
    root = capture.xml
    assert root is not None
    papers: list[ListedPaper] = []
    bad: list[BadItem] = []
    for number, entry in enumerate(_entries(root), start=1):
        paper = _paper(entry, capture)
        if paper.title or paper.abstract:
            papers.append(paper)
        else:
            bad.append(BadItem(number, whole(entry), "the entry has neither title nor summary"))
    return Listing(
        papers=tuple(papers),
        declared=_declared(root),
        date_label=clean.title(root.findtext(ATOM + "updated")),
        bad_items=tuple(bad),
    )


def _paper(entry: Element, capture: Capture) -> ListedPaper:
    found = fields(entry)
    links = [link for link in each(found, _LINK) if link.get("rel", "alternate") in _OWN_LINKS]
    doi = first(found, _DOI) or _doi_of(links)
    return ListedPaper(
        title=clean.title(first(found, _TITLE)),
        abstract=clean.abstract(first(found, _SUMMARY)),
        # Of an author the name alone: beside it there may be an affiliation.
        authors=clean.names(map(text, entry.iter(_NAME))),
        arxiv_id=arxiv_id(first(found, _ID)),
        doi=identifiers(doi)[1] if doi else None,
        addresses=tuple(filter(None, [link.get("href", "").strip() for link in links])),
        published=dates.written_date(first(found, _PUBLISHED), captured_at=capture.captured_at),
    )


def _doi_of(links: Sequence[Element]) -> str | None:
    return next((link.get("href") for link in links if link.get("title") == "doi"), None)


def _entries(root: Element) -> Sequence[Element]:
    found: Sequence[Element] = root.findall(_ENTRY)
    return found


def _declared(root: Element) -> int | None:
    """Give how many entries the page says it has: a page's size, or what the last page has left."""
    size, total, start = (
        _number(root, name) for name in ("itemsPerPage", "totalResults", "startIndex")
    )
    if size is None or total is None or start is None:
        return 0 if total == 0 else None
    return max(0, min(size, total - start))


def _number(root: Element, name: str) -> int | None:
    written = (root.findtext(OPENSEARCH + name) or "").strip()
    # Longer ones are no counts, and Python refuses to read the longest.
    return int(written) if written.isdecimal() and len(written) < 10 else None


def _is_error(root: Element) -> bool:
    """Whether the one entry is an error: such an answer may have arXiv's home page as its id."""
    entry = root.find(_ENTRY)
    return entry is not None and _ERRORS.match(_id(entry)) is not None


def _id(element: Element) -> str:
    return text(element.find(_ID)).strip()


LAYOUT = Layout("arxiv_atom", Form.XML, recognise, parse)
