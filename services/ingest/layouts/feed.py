"""Any other feed, RSS 0.9 to 2.0, RDF or Atom, if what it holds are papers.

Any blog is a feed, so its items must pass the gate; one that passes by its words alone is flagged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.ingest import authors, clean, dates
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.gate import gate, gate_flags
from services.ingest.identifiers import identifiers
from services.ingest.layouts import arxiv_atom, arxiv_feed
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
from services.ingest.parts.description import Description, described

MALFORMED = "malformed"
"""Of a page: it is no well-formed XML, and was read as far as a tolerant parser can."""

_ROOTS = frozenset({"rss", "rdf", "feed"})
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_MOST_ITEMS = 2_000
_MOST_MARKS = 30_000
"""Most items, tags and entities that are read: at 25 to 50 microseconds a tag, a second or so."""

Entry = Mapping[str, Any]


def recognise(capture: Capture) -> Answer:
    """Look for a feed's root and an item, then at what the items are."""
    fault = _fault(capture)
    if fault is not None:
        return Mismatch(fault)
    if capture.feed is None:
        return Mismatch("feedparser fails on the feed")
    papers = _papers(capture)
    answer = gate(papers)
    return (
        replace(answer, listing=_listing(capture, papers)) if isinstance(answer, Match) else answer
    )


def parse(capture: Capture) -> Listing:
    """Read the items of a recognised feed."""
    return _listing(capture, _papers(capture))


def _listing(capture: Capture, papers: Sequence[ListedPaper]) -> Listing:
    """Give the papers of a feed, whose date is that of its news, not of them."""
    malformed = capture.xml is None
    cut = malformed and not _is_closed(capture)
    if cut and not _has_text(papers[-1]):
        # To the parser a field without its end is none: no text is cut, but the last may have none.
        papers = papers[:-1]
    channel = capture.feed.channel if capture.feed else {}
    flags = {MALFORMED: malformed, PARTIAL: cut}
    return Listing(
        papers=tuple(filter(_has_text, papers)),
        flags=(*gate_flags(papers), *(flag for flag, holds in flags.items() if holds)),
        date_label=clean.title(_text(channel, "published") or _text(channel, "updated")),
        bad_items=tuple(
            BadItem(number, " ".join(paper.addresses), "the item has neither title nor abstract")
            for number, paper in enumerate(papers, start=1)
            if not _has_text(paper)
        ),
    )


def _fault(capture: Capture) -> str | None:
    """Say why a page is not worth reading as a feed, or None; reading one is slow."""
    if capture.root is None or capture.root.tag.rpartition(":")[2] not in _ROOTS:
        return "the root is no RSS, RDF or Atom feed"
    if arxiv_atom.is_answer(capture.xml) or arxiv_feed.channel(capture.xml) is not None:
        return "the feed is arXiv's own, which has layouts of its own"
    items = sum(1 for _ in _ITEM.finditer(capture.text))
    if items == 0:
        return "a feed without an item"
    if items > _MOST_ITEMS:
        return f"{items} items, more than the {_MOST_ITEMS} that are read of any feed"
    marks = capture.text.count("<") + capture.text.count("&")
    if marks > _MOST_MARKS:
        return f"{marks} tags and entities, more than the {_MOST_MARKS} that are read of any feed"
    return None


def _papers(capture: Capture) -> Sequence[ListedPaper]:
    """Give one for each item, also for one without texts: it counts against the others."""
    entries = capture.feed.entries if capture.feed else ()
    return [_paper(entry, capture) for entry in entries]


def _paper(entry: Entry, capture: Capture) -> ListedPaper:
    description = _description(entry)
    own = [_text(entry, "link"), *_links(entry), _text(entry, "id"), _text(entry, "prism_url")]
    # A query behind an address, as in "?rss=1", is not of the DOI that the address holds.
    paths = [each.partition("?")[0] for each in own]
    arxiv_id, doi = identifiers(_text(entry, "prism_doi"), _text(entry, "dc_identifier"), *paths)
    return ListedPaper(
        title=clean.title(clean.unmarked(_text(entry, "title"))),
        abstract=description.abstract,
        authors=_authors(entry) or description.authors,
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=tuple(dict.fromkeys(each for each in own if each.startswith("http"))),
        more_addresses=description.addresses,
        published=dates.written_date(
            _text(entry, "prism_publicationdate"), captured_at=capture.captured_at
        ),
    )


def _description(entry: Entry) -> Description:
    """Give the summary, or the content where the summary is a teaser or none."""
    texts = [_text(entry, "summary")]
    texts += [_text(content, "value") for content in entry.get("content", ())]
    found = [described(text) for text in texts if text]
    with_abstract = [each for each in found if each.abstract]
    best = next((each for each in with_abstract if each.is_whole), None)
    return best or next(iter((*with_abstract, *found)), Description())


def _authors(entry: Entry) -> tuple[str, ...]:
    """Give every author; one field may hold them all. An address of mail is no name."""
    written = [_text(author, "name") for author in entry.get("authors", ())]
    return tuple(name for each in written if "@" not in each for name in authors.guessed(each))


def _links(entry: Entry) -> Sequence[str]:
    links = entry.get("links", ())
    return [_text(link, "href") for link in links if link.get("rel") in ("alternate", "related")]


def _text(fields: Entry, name: str) -> str:
    """Give a field as text; of an element that it does not know feedparser gives attributes."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _has_text(paper: ListedPaper) -> bool:
    return bool(paper.title or paper.abstract)


def _is_closed(capture: Capture) -> bool:
    assert capture.root is not None
    return capture.text[-1000:].rstrip().lower().endswith(f"</{capture.root.tag}>")


LAYOUT = Layout("feed", Form.XML, recognise, parse, generic=True)
