"""One paper of Hugging Face as its JSON gives it: the same fields in the page and in the API."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime

from services.ingest import clean
from services.ingest.dates import written_date
from services.ingest.identifiers import arxiv_id
from services.ingest.layouts.layout import BadItem, ListedPaper, Listing
from services.ingest.notation import Json

_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
# Other pages are there too, such as /papers/trending; all of 9,581 papers had an arXiv id.
_PAGE = re.compile(
    r"(?:(?:https?://(?:www\.)?huggingface\.co)?/|(?:\.\./)*)papers/(\d{4}\.\d{4,5}(?:v\d+)?)"
)


def listing(
    items: Sequence[Json], *, captured_at: datetime, date_label: str | None = None
) -> Listing:
    """Read every item; one that gives no title is a bad item, the others are papers."""
    papers: list[ListedPaper] = []
    bad: list[BadItem] = []
    for number, item in enumerate(items, start=1):
        found = listed(item, captured_at=captured_at)
        if isinstance(found, ListedPaper):
            papers.append(found)
        else:
            bad.append(BadItem(number, json.dumps(item), found))
    return Listing(tuple(papers), date_label=date_label, bad_items=tuple(bad))


def listed(item: Json, *, captured_at: datetime) -> ListedPaper | str:
    """Read one item, or say what is wrong with it.

    The item's title is on one line, the paper's is wrapped. The item's ``publishedAt`` is a copy
    shifted to another zone, so often another day; ``submittedOnDailyAt`` is the day of listing.
    ``ai_summary`` is a machine's and not read.
    """
    if not isinstance(item, dict):
        return "the item is not an object"
    inner = item.get("paper")
    paper = inner if isinstance(inner, dict) else item
    title = clean.title(_text(item, "title")) or clean.title(_text(paper, "title"))
    if title is None:
        return "the item has no title"
    given = _text(paper, "id") or ""
    more = (_text(paper, "githubRepo"), _text(paper, "projectPage"))
    return ListedPaper(
        title=title,
        abstract=clean.abstract(_text(paper, "summary")) or clean.abstract(_text(item, "summary")),
        authors=_authors(paper.get("authors")),
        arxiv_id=arxiv_id(given),
        addresses=addresses(given),
        more_addresses=tuple(filter(None, more)),
        published=written_date(_text(paper, "publishedAt") or "", captured_at=captured_at),
    )


def addresses(given: str) -> tuple[str, ...]:
    """Give a paper's pages by its id on the site, which is its arXiv id where it has one."""
    if not _ID.fullmatch(given):
        return ()
    page, number = f"https://huggingface.co/papers/{given}", arxiv_id(given)
    return (page,) if number is None else (page, f"https://arxiv.org/abs/{number}")


def name(address: str) -> str | None:
    """Give the id in the address of a paper's page, which may be relative, or None."""
    found = _PAGE.fullmatch(address)
    return None if found is None else found[1]


def _authors(authors: Json) -> tuple[str, ...]:
    """Give the names that the site shows; some are marked as hidden."""
    if not isinstance(authors, list):
        return ()
    shown = (one for one in authors if isinstance(one, dict) and one.get("hidden") is not True)
    return clean.names(filter(None, (_text(one, "name") for one in shown)))


def _text(fields: dict[str, Json], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None
