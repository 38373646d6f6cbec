"""The pages of a campaign are what they say: ingest reads from them what was put on them."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime

from services.common.records import Paper
from services.ingest.papers import Origin, papers
from services.ingest.reading import read
from services.ingest.settings import IngestSection
from tests.faults.groups import groups
from tests.faults.press import FedPage, Press
from tests.faults.rendering import RENDERINGS

NOW = datetime(2026, 9, 4, tzinfo=UTC)
RECORDS = [paper for group in itertools.islice(groups(7), 300) for paper in group.records]


def printed(seed: int) -> list[FedPage]:
    press = Press(seed, papers_a_page=8)
    return [*press.pages(RECORDS), *press.rest()]


def parsed(page: FedPage) -> tuple[str, tuple[Paper, ...]]:
    reading = read(page.value, limits=IngestSection(), content_type=None, captured_at=NOW)
    origin = Origin(page.page_id, "invented", NOW, topic="", partition=0, offset=0)
    return reading.layout, papers(reading, origin)


def test_a_seed_gives_the_same_pages() -> None:
    assert printed(7) == printed(7)
    assert printed(7) != printed(8)


def test_every_paper_is_on_a_page_that_ingest_reads_as_it_was_put_there() -> None:
    known = {record.wording_id: record for record in RECORDS}
    layouts, listed = Counter[str](), Counter[str]()
    for page in printed(7):
        layout, found = parsed(page)
        layouts[layout] += 1
        assert tuple(paper.wording_id for paper in found) == page.wordings
        for paper in found:
            put = known[paper.wording_id]
            assert (paper.arxiv_id, paper.doi) == (put.arxiv_id, put.doi)
            listed[paper.wording_id] += 1
    assert listed == Counter(record.wording_id for record in RECORDS)
    assert layouts.keys() == {each.layout for each in RENDERINGS}
