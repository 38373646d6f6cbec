"""arXiv's daily announcements as RSS 2.0 or Atom, from rss.arxiv.org."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.etree import _Element as Element

from services.common.records import Kind
from services.ingest import authors, clean
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import identifiers
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
    DUBLIN_CORE,
    Fields,
    each,
    fields,
    first,
    text,
    whole,
)

_SITE = re.compile(r"https?://rss\.arxiv\.org(?:[:/]|$)", re.IGNORECASE)
_ERROR = "Feed error for query"
_HEAD = re.compile(r"\s*arXiv:\S+\s+Announce\s+Type:\s*(?P<type>\S+)(?:\s+(?:Abstract:\s*)?|$)")
_KINDS = {
    "new": Kind.NEW,
    "cross": Kind.CROSS,
    "replace": Kind.REPLACE,
    "replace-cross": Kind.REPLACE,
    "absonly": Kind.REPLACE,
}


def channel(root: Element | None) -> Element | None:
    """Give the element that holds the items, or None where the feed is not one of rss.arxiv.org."""
    if root is None:
        return None
    if root.tag == "rss" and (found := root.find("channel")) is not None:
        own = [text(found.find("link")), *_hrefs(found)]
    elif root.tag == ATOM + "feed":
        found = root
        own = [text(root.find(ATOM + "id")), *_hrefs(root)]
    else:
        return None
    return found if any(_SITE.match(address.strip()) for address in own) else None


def recognise(capture: Capture) -> Answer:
    """Look for an RSS channel or an Atom feed with an address of rss.arxiv.org.

    One without items is of a day without announcements: a page that was cut is not well formed.
    """
    if capture.xml is None:
        return Mismatch("the page is no well-formed XML")
    found = channel(capture.xml)
    if found is None:
        return Mismatch("the root is no RSS or Atom feed with an address of rss.arxiv.org")
    if first(fields(found), "title", ATOM + "title").strip().startswith(_ERROR):
        return Mismatch("the page is the error of rss.arxiv.org, not a list")
    return Match(f"a feed with an address of rss.arxiv.org and {len(_items(found))} items")


def parse(capture: Capture) -> Listing:
    """Read the items; the date is that of the announcement, not of the papers."""
    found = channel(capture.xml)
    assert found is not None
    papers: list[ListedPaper] = []
    bad: list[BadItem] = []
    for number, item in enumerate(_items(found), start=1):
        paper = _paper(fields(item))
        if paper.title or paper.abstract:
            papers.append(paper)
        else:
            bad.append(BadItem(number, whole(item), "the item has neither title nor abstract"))
    date = first(fields(found), "pubDate", "lastBuildDate", ATOM + "updated")
    return Listing(tuple(papers), date_label=clean.title(date), bad_items=tuple(bad))


def _paper(found: Fields) -> ListedPaper:
    description = first(found, "description", ATOM + "summary")
    head = _HEAD.match(description)
    links = [
        (link.get("href") or text(link)).strip() for link in each(found, "link", ATOM + "link")
    ]
    arxiv_id, doi = identifiers(
        first(found, "guid", ATOM + "id"), *links, first(found, ARXIV + "DOI", ARXIV + "doi")
    )
    announced = first(found, ARXIV + "announce_type").strip() or (head["type"] if head else "")
    return ListedPaper(
        title=clean.title(first(found, "title", ATOM + "title")),
        abstract=clean.abstract(description[head.end() :] if head else description),
        authors=_authors(found),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=tuple(filter(None, links)),
        kind=_KINDS.get(announced.lower()),
    )


def _authors(found: Fields) -> tuple[str, ...]:
    """Give the authors of ``dc:creator``, which holds all of them, or of Atom's ``author``."""
    written = each(found, DUBLIN_CORE + "creator") or [
        name for author in each(found, ATOM + "author") for name in author.findall(ATOM + "name")
    ]
    return tuple(name for field in written for name in authors.listed(text(field)))


def _items(found: Element) -> Sequence[Element]:
    items: Sequence[Element] = found.findall("item") or found.findall(ATOM + "entry")
    return items


def _hrefs(found: Element) -> Sequence[str]:
    return [link.get("href", "") for link in found.findall(ATOM + "link")]


LAYOUT = Layout("arxiv_feed", Form.XML, recognise, parse)
