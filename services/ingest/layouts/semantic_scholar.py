"""Semantic Scholar's API: a search, a bulk search, or recommendations.

Only the fields that were asked for are there, so abstracts are often missing. A ``tldr`` is a
machine's and not read.
"""

from __future__ import annotations

from datetime import datetime

from services.ingest.capture import Capture
from services.ingest.dates import written_date
from services.ingest.form import Form
from services.ingest.identifiers import identifiers
from services.ingest.layouts.layout import Answer, Layout, ListedPaper, Listing, Match, Mismatch
from services.ingest.notation import Json
from services.ingest.parts import values
from services.ingest.parts.json_authors import authors
from services.ingest.parts.values import Fields

_RECOMMENDED = "recommendedPapers"
_FOUND = "data"
_OF_A_SEARCH = frozenset({"total", "offset", "next", "token", _FOUND})


def recognise(capture: Capture) -> Answer:
    """Look for papers with the site's ids under the key of a search or of recommendations."""
    page = capture.json
    papers = _listed(page)
    if papers is None:
        return Mismatch("no list under the key of a search or of recommendations")
    if not papers:
        if _RECOMMENDED in page or values.number(page, "total") == 0:
            return Match("a list of papers that says that it is empty")
        return Mismatch("the list of papers is empty and does not say so")
    known = [one for one in papers if isinstance(one, dict) and values.text(one, "paperId")]
    found = f"{values.share(known, papers)} have the site's id and a title"
    titled = any("title" in one for one in known)
    return Match(found) if titled and 2 * len(known) > len(papers) else Mismatch(found)


def parse(capture: Capture) -> Listing:
    """Read every paper of a recognised page."""
    page = capture.json
    items = values.numbered(_listed(page) or ())
    found = values.read(items, lambda paper: _paper(paper, capture.captured_at))
    return Listing(found.papers, declared=_declared(page), bad_items=found.bad_items)


def _listed(page: Json) -> list[Json] | None:
    if not isinstance(page, dict):
        return None
    of_a_search = page.get(_FOUND) if page.keys() <= _OF_A_SEARCH else None
    papers = page.get(_RECOMMENDED, of_a_search)
    return papers if isinstance(papers, list) else None


def _declared(page: Fields) -> int | None:
    """Give how far the next page is; a search's total is an estimate, unless it is nothing."""
    offset, following = values.number(page, "offset"), values.number(page, "next")
    if offset is not None and following is not None and following > offset:
        return following - offset
    return 0 if values.number(page, "total") == 0 else None


def _paper(paper: Fields, captured_at: datetime) -> ListedPaper:
    external = values.object_at(paper, "externalIds")
    arxiv_id, doi = identifiers(values.text(external, "ArXiv"), values.text(external, "DOI"))
    free = values.text(values.object_at(paper, "openAccessPdf"), "url")
    published = values.text(paper, "publicationDate") or ""
    return ListedPaper(
        title=values.title(values.text(paper, "title")),
        abstract=values.abstract(values.text(paper, "abstract")),
        authors=authors(paper.get("authors")),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=values.web((values.text(paper, "url"), free)),
        published=written_date(published, captured_at=captured_at),
    )


LAYOUT = Layout("semantic_scholar", Form.JSON, recognise, parse)
