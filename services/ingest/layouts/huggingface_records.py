"""Hugging Face Papers as plain text with everything that stands beside a paper.

Votes, then the title, an abstract where the page shows one, then an organisation or the number of
authors, the date, the number of comments. The remarks set the papers apart, so each paper must have
some, and nothing may stand between two papers that is neither theirs nor a remark.
"""

from __future__ import annotations

from services.ingest import clean
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import (
    ABSTRACT_TRUNCATED,
    PARTIAL,
    Answer,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.parts import boilerplate, records, remarks
from services.ingest.parts.records import Records


def recognise(capture: Capture) -> Answer:
    """Look for the site's banner and records with remarks below it."""
    page = records.records(capture.lines)
    match page:
        case Mismatch() as mismatch:
            return mismatch
        case Records(found):
            listed = "titles and abstracts" if found[0].abstract else "titles"
            reason = f"the site's banner, then {len(found)} {listed} with remarks between them"
            return Match(reason, _listing(page, capture))


def parse(capture: Capture) -> Listing:
    """Read the records of a recognised page."""
    page = records.records(capture.lines)
    assert isinstance(page, Records)
    return _listing(page, capture)


def _listing(page: Records, capture: Capture) -> Listing:
    """Give the papers; one that is listed twice in a row is one."""
    made_at = remarks.made_at(capture.lines, captured_at=capture.captured_at)
    said = (line for record in page.records for line in record.said)
    trending = boilerplate.ranks_by_trend(page.above) or any(map(remarks.is_published_on, said))
    papers: list[ListedPaper] = []
    for record in page.records:
        paper = ListedPaper(
            title=record.title,
            abstract=None if trending else clean.abstract(record.abstract),
            published=remarks.published(
                record.said, captured_at=capture.captured_at, made_at=made_at
            ),
            flags=(ABSTRACT_TRUNCATED,) if record.cut and not trending else (),
        )
        if not papers or papers[-1] != paper:
            papers.append(paper)
    used = sum(1 if record.abstract is None else 2 for record in page.records)
    return Listing(
        tuple(papers),
        flags=(PARTIAL,) if page.cut else (),
        date_label=boilerplate.date_label(page.above),
        ignored_lines=len(capture.rows) - used,
    )


LAYOUT = Layout("huggingface_records", Form.TEXT, recognise, parse)
