"""OpenAlex's API: a list of works, or one work; abstracts come as words with their positions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.ingest.authors import named
from services.ingest.capture import Capture
from services.ingest.dates import written_date
from services.ingest.form import Form
from services.ingest.identifiers import identifiers
from services.ingest.layouts.layout import (
    RETRACTED,
    Answer,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.notation import Json
from services.ingest.parts import values
from services.ingest.parts.values import Fields

_WORK = "https://openalex.org/W"
_LABEL = "Abstract "
_PLACE = ("landing_page_url", "pdf_url")


def recognise(capture: Capture) -> Answer:
    """Look for works by their ids, or for a page that says that it has none."""
    page = capture.json
    if _is_work(page):
        return Match("one work with an OpenAlex id")
    results = page.get("results") if isinstance(page, dict) else None
    if not isinstance(results, list):
        return Mismatch("no list of results")
    if not results:
        if _says_that_it_is_empty(values.object_at(page, "meta")):
            return Match("a list of results that says that it is empty")
        return Mismatch("the list of results is empty and does not say so")
    works = [one for one in results if _is_work(one)]
    found = f"{values.share(works, results)} have the id of an OpenAlex work"
    return Match(found) if 2 * len(works) > len(results) else Mismatch(found)


def parse(capture: Capture) -> Listing:
    """Read every work of a recognised page."""
    page = capture.json
    alone = _is_work(page)
    works = values.numbered([page] if alone else page["results"])
    found = values.read(works, lambda work: _paper(work, capture.captured_at))
    declared = None if alone else _declared(values.object_at(page, "meta"))
    return Listing(found.papers, declared=declared, bad_items=found.bad_items)


def _is_work(work: Json) -> bool:
    return isinstance(work, dict) and (values.text(work, "id") or "").startswith(_WORK)


def _says_that_it_is_empty(meta: Fields) -> bool:
    """Whether nothing was found, or this is beyond the last page; a cursor ends as null."""
    if "per_page" not in meta:
        return False
    return _declared(meta) == 0 or ("next_cursor" in meta and meta["next_cursor"] is None)


def _declared(meta: Fields) -> int | None:
    """Give how many works this page should hold: a full page, or what is left for the last one.

    With a cursor a page does not tell where it stands.
    """
    count, page = values.number(meta, "count"), values.number(meta, "page")
    size = values.number(meta, "per_page")
    if count == 0:
        return 0
    if count is None or size is None or page is None or page < 1:
        return None
    return max(0, min(size, count - (page - 1) * size))


def _paper(work: Fields, captured_at: datetime) -> ListedPaper:
    places = _places(work)
    dois = (values.text(work, "doi"), values.text(values.object_at(work, "ids"), "doi"))
    # A repository's copy may have a DOI of its own: of places only the arXiv id is read.
    arxiv_id, _ = identifiers(*dois, *places)
    _, doi = identifiers(*dois)
    published = values.text(work, "publication_date") or ""
    return ListedPaper(
        title=values.title(values.text(work, "display_name", "title")),
        abstract=values.abstract(_abstract(values.object_at(work, "abstract_inverted_index"))),
        authors=_authors(work),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=values.web((*dois, *places, values.text(work, "id"))),
        published=written_date(published, captured_at=captured_at),
        flags=(RETRACTED,) if work.get("is_retracted") is True else (),
    )


def _abstract(positions: Fields) -> str:
    """Put the words back in their order, and take off the heading that some publishers leave."""
    word_at = {
        at: word
        for word, places in positions.items()
        if type(places) is list
        for at in places
        if type(at) is int
    }
    text = " ".join([word_at[at] for at in sorted(word_at)])
    return text.removeprefix(_LABEL) if text[len(_LABEL) :][:1].isupper() else text


def _authors(work: Fields) -> tuple[str, ...]:
    shown = (
        values.text(values.object_at(one, "author"), "display_name")
        or values.text(one, "raw_author_name")
        for one in values.objects(work.get("authorships"))
    )
    return named(filter(None, shown))


def _places(work: Fields) -> Sequence[str]:
    """Give the pages that show the work, the publisher's first."""
    places = [values.object_at(work, "primary_location"), *values.objects(work.get("locations"))]
    found = (values.text(place, name) for place in places for name in _PLACE)
    return [address for address in found if address]


LAYOUT = Layout("openalex", Form.JSON, recognise, parse)
