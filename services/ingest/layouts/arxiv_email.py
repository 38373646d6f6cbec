"""arXiv's listing by e-mail: the daily digest, the titles of a week, the papers of a month."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.common.records import Kind
from services.ingest import authors, clean, dates, tex
from services.ingest.capture import Capture
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
from services.ingest.parts.digest import ID, RULE, SEPARATOR, Digest, Item, digest

# In the first column and above the abstract only: "Results: In contrast ..." is an abstract's.
_LABEL = re.compile(
    r"(?P<name>Title|Authors?|Categories|Comments|Report-no|MSC-class|ACM-class|Journal-ref|DOI|"
    r"Subj-class|From|Date(?: ?\([^()]*\))?|Proxy|License|Notes?)\s*:"
)
_CROSS = re.compile(r"cross-list", re.IGNORECASE)
_REPLACED = re.compile(r"\(?\*?replaced\b", re.IGNORECASE)
_COUNTS = re.compile(r"\b(?P<new>\d{1,5})\s+new\b(?:\s*\+\s*(?P<cross>\d{1,5})\s+cross)?")
_SUBJECT = re.compile(r"(?:Subject:|.{0,40}\bdaily\b)")
_RECEIVED = re.compile(r"\s*received\s+from\b")
_DATE = re.compile(r"Date:\s*(?P<date>\S.*)")

_BEGINS_A_MAIL = re.compile(
    r"^(?:[A-Z][A-Za-z0-9-]*:(?:\s|$)|From\s|-----Original|Begin\sforwarded)"
)
_MOST_OWN_LINES = 100


def recognise(capture: Capture) -> Answer:
    """Look for the digest's items in what begins as a mail and holds little else."""
    # Most pages of text are read no further than this.
    if SEPARATOR not in capture.text:
        return Mismatch("no line of two backslashes")
    found = digest(capture.text)
    if not found.items:
        return Mismatch("no line of two backslashes above an id of arXiv")
    if not any("title" in _fields(item) for item in found.items):
        return Mismatch("ids of arXiv between backslashes, and no field Title")
    if not found.quoted and not _begins_as_mail(found.first_line):
        return Mismatch("the items of a digest in a text that begins neither as it nor as a mail")
    inside = sum(len(item.head) + len(item.abstract) for item in found.items)
    if len(found.outside) > max(inside, _MOST_OWN_LINES):
        return Mismatch(f"{len(found.outside)} lines beside the {inside} of a digest's items")
    reason = f"{len(found.items)} items between backslashes, each with an id of arXiv"
    return Match(reason, _listing(found, captured_at=capture.captured_at))


def parse(capture: Capture) -> Listing:
    """Read the items of a recognised page."""
    return _listing(digest(capture.text), captured_at=capture.captured_at)


def _listing(found: Digest, *, captured_at: datetime) -> Listing:
    daily = any(map(_RECEIVED.match, found.outside)) or bool(_counts(found))
    last = len(found.items)
    papers: list[ListedPaper] = []
    bad: list[BadItem] = []
    for number, item in enumerate(found.items, start=1):
        cut = found.cut and number == last and bool(item.abstract)
        paper = _paper(item, captured_at=captured_at, daily=daily, cut=cut)
        if paper.title or paper.abstract:
            papers.append(paper)
        else:
            content = "\n".join((*item.head, *item.abstract))
            bad.append(BadItem(number, content, "the item has neither title nor abstract"))
    return Listing(
        papers=tuple(papers),
        declared=_declared(found, papers),
        flags=(PARTIAL,) if found.cut else (),
        date_label=_date_label(found),
        ignored_lines=len(found.outside),
        bad_items=tuple(bad),
    )


def _date_label(found: Digest) -> str | None:
    """Give the mail's own date, or the day of a page that has one."""
    sent = (line["date"] for line in map(_DATE.match, found.outside) if line)
    return clean.title(next(sent, found.days[0] if len(found.days) == 1 else None))


def _paper(item: Item, *, captured_at: datetime, daily: bool, cut: bool) -> ListedPaper:
    given = _fields(item)
    kind = _kind(item, daily=daily)
    identity = ID.match(item.head[0])
    arxiv_id, doi = identifiers(
        "arXiv:" + identity["id"] if identity else None, item.address, given.get("doi")
    )
    by = given.get("authors") or given.get("author") or ""
    return ListedPaper(
        title=clean.title(given.get("title")),
        abstract=clean.abstract(_joined(item.abstract)),
        authors=authors.spoken(tex.characters(clean.one_line(by))),
        arxiv_id=arxiv_id,
        doi=doi,
        addresses=(item.address,) if item.address else (),
        # A replaced paper's date is that of its new version.
        published=None
        if kind is Kind.REPLACE
        else dates.written_date(given.get("date", ""), captured_at=captured_at),
        kind=kind,
        flags=(ABSTRACT_TRUNCATED,) if cut else (),
    )


def _fields(item: Item) -> Mapping[str, str]:
    """Give the fields of an item's head by their names in lower case, continued lines joined."""
    found: dict[str, list[str]] = {}
    rest: list[str] = []
    for line in item.head[1:]:
        label = _LABEL.match(line)
        if label is not None:
            rest = found.setdefault(label["name"].lower(), [])
        rest.append(line[label.end() :] if label else line)
    return {name: _joined(lines) for name, lines in found.items()}


def _joined(lines: Sequence[str]) -> str:
    return " ".join(map(str.strip, lines))


def _kind(item: Item, *, daily: bool) -> Kind | None:
    """Give what an item's own marker says: a filtered mail may lack the rules between kinds."""
    marks = [line for line in item.head[:2] if not _LABEL.match(line)]
    if any(map(_REPLACED.search, marks)):
        return Kind.REPLACE
    if any(map(_CROSS.search, marks)):
        return Kind.CROSS
    return Kind.NEW if daily else None


def _declared(found: Digest, papers: Sequence[ListedPaper]) -> int | None:
    """Give the number of papers that the subject speaks of, and those that it never counts.

    It counts the new ones and often the cross-listed ones, replaced ones never. None where it does
    not count the cross-listed ones that are there, or where mails of several subjects are on the
    page.
    """
    counts = _counts(found)
    crosses = sum(paper.kind is Kind.CROSS for paper in papers)
    if len(counts) != 1:
        return None
    new, cross = counts.pop()
    if cross is None and crosses:
        return None
    return new + (cross or 0) + sum(paper.kind is Kind.REPLACE for paper in papers)


def _counts(found: Digest) -> set[tuple[int, int | None]]:
    subjects = (line for line in found.outside if _SUBJECT.match(line))
    return {
        (int(count["new"]), int(count["cross"]) if count["cross"] else None)
        for count in map(_COUNTS.search, subjects)
        if count
    }


def _begins_as_mail(first: str) -> bool:
    return first == SEPARATOR or any(form.search(first) for form in (RULE, _BEGINS_A_MAIL, _COUNTS))


LAYOUT = Layout("arxiv_email", Form.TEXT, recognise, parse)
