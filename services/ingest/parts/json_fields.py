"""One paper as an object of JSON whose fields go by the names that exports commonly use.

A summary by a machine (``ai_summary``, ``tldr``, ``AI``) or a translation is never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.ingest.dates import written_date
from services.ingest.gate import gate, gate_flags
from services.ingest.identifiers import identifiers
from services.ingest.layouts.layout import Answer, ListedPaper, Listing, Match, Mismatch
from services.ingest.parts import values
from services.ingest.parts.json_authors import authors, parsed
from services.ingest.parts.values import Fields, Item

# Compared in lower case and without underscores and hyphens: ``publishedAt`` is ``published_at``.
_TITLE = ("title", "papertitle")
_ABSTRACT = ("abstract", "summary")
_AUTHORS = ("authors", "author", "authorlist")
_IDS = ("arxivid", "arxiv", "id", "paperid", "uid", "eprint", "doi")
_EXTERNAL_IDS = ("ArXiv", "DOI")
_ADDRESSES = (
    *("url", "link", "site", "abs", "paperurl", "urlabs", "absurl", "arxivurl", "entryid"),
    *("pdf", "pdfurl", "urlpdf", "links", "urls"),
)
_MORE = ("code", "codeurl", "github", "githubrepo", "repo", "repourl", "project", "projectpage")
# When a record was updated is no date of the paper, and a year is no day.
_PUBLISHED = ("published", "publishedat", "publisheddate", "publicationdate", "date")


def paper(record: Fields, *, captured_at: datetime) -> ListedPaper:
    """Read one object; a field that is missing or of another type is absent."""
    fields = _by_plain_name(record)
    external = values.object_at(fields, "externalids")
    ids = [*_strings(fields, _IDS), *_strings(external, _EXTERNAL_IDS)]
    addresses = _strings(fields, _ADDRESSES)
    arxiv_id, doi = identifiers(*ids, *addresses)
    return ListedPaper(
        title=values.title(values.text(fields, *_TITLE)),
        abstract=values.abstract(values.text(fields, *_ABSTRACT)),
        authors=parsed(fields.get("authorsparsed")) or _authors(fields),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=values.web((*addresses, *ids)),
        more_addresses=values.web(_strings(fields, _MORE)),
        published=_published(fields, captured_at),
    )


def has_title_and_abstract(record: Fields) -> bool:
    """Whether an object could be a paper on its own."""
    fields = _by_plain_name(record)
    return bool(values.text(fields, *_TITLE) and values.text(fields, *_ABSTRACT))


def recognise(items: Sequence[Item], *, captured_at: datetime) -> Answer:
    """Ask for a title with an abstract or an identifier in half of the items, and for papers."""
    records = (item.value for item in items if isinstance(item.value, dict))
    titled = [record for record in records if _has_title(record)]
    if 2 * len(titled) < len(items):
        # Millions of empty objects fit on a page: only what has a title is looked at closer.
        return Mismatch(f"{values.share(titled, items)} are objects with a title")
    found = listing(items, captured_at=captured_at)
    papers = [paper for paper in found.papers if paper.title]
    usual = [one for one in papers if one.abstract or one.arxiv_id or one.doi]
    if 2 * len(usual) < len(items):
        share = values.share(usual, items)
        return Mismatch(f"{share} have a title with an abstract or an identifier")
    answer = gate(papers)
    return replace(answer, listing=found) if isinstance(answer, Match) else answer


def listing(items: Sequence[Item], *, captured_at: datetime) -> Listing:
    """Read every item of a recognised page."""
    found = values.read(items, lambda record: paper(record, captured_at=captured_at))
    return Listing(found.papers, flags=gate_flags(found.papers), bad_items=found.bad_items)


def _has_title(record: Fields) -> bool:
    return bool(values.text(record, "title") or values.text(_by_plain_name(record), *_TITLE))


def _by_plain_name(record: Fields) -> Fields:
    plain: Fields = {}
    for name, value in record.items():
        plain.setdefault(name.lower().replace("_", "").replace("-", ""), value)
    return plain


def _strings(fields: Fields, names: Sequence[str]) -> list[str]:
    return [one for name in names if name in fields for one in values.strings(fields[name])]


def _authors(fields: Fields) -> tuple[str, ...]:
    return next(filter(None, (authors(fields.get(name)) for name in _AUTHORS)), ())


def _published(fields: Fields, captured_at: datetime) -> date | None:
    texts = filter(None, (values.text(fields, name) for name in _PUBLISHED))
    dates = (written_date(text, captured_at=captured_at) for text in texts)
    return next(filter(None, dates), None)
