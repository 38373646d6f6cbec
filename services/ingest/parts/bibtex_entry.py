"""One entry of BibTeX as a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from bibtexparser.model import Entry

from services.ingest import authors, tex
from services.ingest.dates import written_date
from services.ingest.identifiers import arxiv_id, identifiers
from services.ingest.layouts.layout import ListedPaper
from services.ingest.parts import values
from services.ingest.parts.bibtex_values import MONTHS, Macros

_ADDRESSES = ("url", "pdf", "ee", "link")
_MORE = ("code", "github", "project", "software")
_AND = re.compile(r"[{}]| and ", re.IGNORECASE)
_COMMA = re.compile(r"[{},]")
_URL = re.compile(r"\\url\s?\{([^{}]*)\}")
_READ = frozenset(
    {
        *("title", "abstract", "author", "doi", "eprint", "archiveprefix", "eprinttype"),
        *("journal", "volume", "date", "year", "month", "day", *_ADDRESSES, *_MORE),
    }
)


def paper(entry: Entry, macros: Macros, *, captured_at: datetime) -> ListedPaper:
    """Read the fields of one entry; of two by the same name the first counts, as for BibTeX."""
    fields: dict[str, str] = {}
    for field in entry.fields:
        name = field.key.lower()
        text = macros.text(field.value) if name in _READ and name not in fields else None
        if text is not None:
            fields[name] = text
    addresses = [_address(fields.get(name, "")) for name in _ADDRESSES]
    arxiv, doi = identifiers(_eprint(fields), tex.characters(fields.get("doi", "")), *addresses)
    return ListedPaper(
        title=values.title(tex.characters(fields.get("title", ""))),
        abstract=values.abstract(tex.characters(fields.get("abstract", ""))),
        authors=_authors(fields.get("author", "")),
        arxiv_id=arxiv or _from_journal(fields),
        doi=doi,
        addresses=values.web((*addresses, _address(fields.get("doi", "")))),
        more_addresses=values.web(_address(fields.get(name, "")) for name in _MORE),
        published=_published(fields, captured_at),
    )


def _eprint(fields: dict[str, str]) -> str | None:
    """Give the id in an archive that is arXiv, or that is not named."""
    archive = fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv"
    return fields.get("eprint") if archive.lower() == "arxiv" else None


def _from_journal(fields: dict[str, str]) -> str | None:
    """Give the id in ``arXiv preprint arXiv:2001.00001``, or in a volume ``abs/2001.00001``."""
    journal = fields.get("journal", "").split()
    candidates = (journal[-1] if journal else "", fields.get("volume", "").removeprefix("abs/"))
    if not journal or journal[0].lower() not in ("arxiv", "corr"):
        return None
    return next(filter(None, map(arxiv_id, candidates)), None)


def _address(field: str) -> str:
    """Give an address without ``\\url`` around it and without its signs escaped."""
    return tex.characters(_URL.sub(r"\1", field))


def _published(fields: dict[str, str], captured_at: datetime) -> date | None:
    """Give the day that an entry names; most name a month."""
    if "date" in fields:
        return written_date(fields["date"], captured_at=captured_at)
    month = fields.get("month", "")[:3].lower()
    if month in MONTHS:
        month = str(MONTHS.index(month) + 1)
    day = f"{fields.get('year', '')}-{month.strip()}-{fields.get('day', '')}"
    return written_date(day, captured_at=captured_at)


def _authors(names: str) -> tuple[str, ...]:
    """Give the names between each ``and``; one in braces is an organisation's and stays whole."""
    return authors.named(map(_name, _split(" ".join(names.split()), _AND)))


def _name(name: str) -> str:
    return authors.in_order([tex.characters(part) for part in _split(name, _COMMA)])


def _split(text: str, separator: re.Pattern[str]) -> Iterable[str]:
    """Yield what stands between separators outside of braces."""
    start = depth = 0
    for found in separator.finditer(text):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
        elif depth == 0:
            yield text[start : found.start()]
            start = found.end()
    yield text[start:]
