"""The generated pages: what they list, how often, and what ingest and dedupe make of it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.cli.invented import WORDS, invented, spelled
from services.cli.load_flow import Kind, LoadPage, Mix, flow
from services.cli.load_layouts import RENDERINGS, REPLACING
from services.common.identity import page_id, wording_id
from services.common.records import Paper, Verdict
from services.dedupe.claims import Claim, Owned, Report
from services.dedupe.signature import signed
from services.ingest.papers import Origin, papers
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection
from tests.fake_index import FakeIndex

MIX = Mix(seed=5, words=60)
AT = datetime(2026, 9, 1, tzinfo=UTC)


def pages(mix: Mix, count: int) -> list[LoadPage]:
    return list(itertools.islice(flow(mix), count))


def reading(page: LoadPage) -> Reading:
    content_type = RENDERINGS[page.layout].content_type
    return read(page.body, limits=IngestSection(), content_type=content_type, captured_at=AT)


def ingested(page: LoadPage) -> tuple[Paper, ...]:
    origin = Origin(page_id(page.body), page.source, AT, topic="pages", partition=0, offset=0)
    return papers(reading(page), origin)


def kinds(found: Sequence[LoadPage]) -> Counter[Kind]:
    return Counter(kind for page in found for kind in page.kinds)


def test_the_same_mix_gives_the_same_pages_byte_for_byte() -> None:
    assert pages(MIX, 30) == pages(MIX, 30)


def test_another_seed_has_other_papers() -> None:
    one, other = (
        {(paper.number, paper.title) for page in pages(mix, 30) for paper in page.listed}
        for mix in (MIX, replace(MIX, seed=6))
    )
    assert not {number for number, _ in one} & {number for number, _ in other}
    assert not {title for _, title in one} & {title for _, title in other}


@pytest.mark.parametrize("shares", [(0.2, 0.05, 0.01), (0.5, 0.2, 0.1), (0, 0, 0), (0.9, 0, 0)])
def test_shares_are_as_wanted(shares: tuple[float, float, float]) -> None:
    exact, near, revised = shares
    mix = replace(MIX, words=40, exact=exact, near=near, revised=revised)
    found = kinds(pages(mix, 500))
    for kind, share in zip(("exact", "near", "revised"), shares, strict=True):
        # Four standard deviations of 10,000 draws.
        assert abs(found[kind] / 10_000 - share) <= 4 * (share * (1 - share) / 10_000) ** 0.5


def test_sources_are_drawn_from_a_zipf_distribution() -> None:
    mix = replace(MIX, words=40, papers_a_page=1, sources=20, exponent=1.2)
    drawn = Counter(page.source for page in pages(mix, 8_000))
    weights = [rank**-1.2 for rank in range(1, 21)]
    for rank, weight in enumerate(weights, start=1):
        share = weight / sum(weights)
        deviation = (share * (1 - share) / 8_000) ** 0.5
        assert abs(drawn[f"invented-{rank}"] / 8_000 - share) <= 4 * deviation


def test_with_an_exponent_of_zero_all_sources_are_alike() -> None:
    mix = replace(MIX, words=40, papers_a_page=1, sources=4, exponent=0)
    drawn = Counter(page.source for page in pages(mix, 4_000))
    assert all(880 < count < 1_120 for count in drawn.values())
    assert len(drawn) == 4


def test_a_source_has_one_layout_and_a_feed_for_its_revisions() -> None:
    layouts: dict[str, set[str]] = {}
    for page in pages(replace(MIX, words=40, sources=8), 300):
        if "revised" not in page.kinds:
            layouts.setdefault(page.source, set()).add(page.layout)
        else:
            assert page.layout == REPLACING
    assert [len(each) for each in layouts.values()] == [1] * 8
    assert set().union(*layouts.values()) == set(RENDERINGS)


def test_every_layout_is_read_as_itself_and_gives_the_papers_that_were_meant() -> None:
    found = pages(MIX, 60)
    assert {page.layout for page in found} == set(RENDERINGS)
    for page in found:
        read_page, records = reading(page), ingested(page)
        assert read_page.layout == page.layout
        assert (read_page.flags, read_page.listing.bad_items) == ((), ())
        assert [(one.title, one.abstract) for one in records] == [
            (one.title, one.abstract) for one in page.listed
        ]
        if page.layout != "huggingface_lines":
            assert [one.authors for one in records] == [one.authors for one in page.listed]
        if page.layout in ("arxiv_atom", REPLACING):
            assert [one.arxiv_id for one in records] == [one.number for one in page.listed]


def test_exact_copies_have_the_wording_id_of_an_earlier_paper_and_nothing_else_has() -> None:
    known: set[str] = set()
    for page in pages(replace(MIX, exact=0.4, near=0.2, revised=0.1), 40):
        for kind, paper in zip(page.kinds, page.listed, strict=True):
            name = wording_id(paper.title, paper.abstract)
            assert (name in known) == (kind == "exact")
            known.add(name)


async def test_dedupe_takes_each_paper_for_what_it_was_meant_to_be() -> None:
    index = FakeIndex()
    lock = await index.lock()
    assert lock is not None
    await index.restore(lock, (), done=True)
    mark = await index.learn()
    assert mark is not None
    meant = {"distinct": Verdict.NEW, "exact": Verdict.EXACT, "near": Verdict.NEAR}
    offset = 0
    for page in pages(replace(MIX, exact=0.3, near=0.2, revised=0.1), 15):
        for kind, paper in zip(page.kinds, ingested(page), strict=True):
            claim = Claim(Owned(paper.wording_id, 0, offset), signed([paper])[0])
            (answer,) = await index.claim(mark, Report(0, offset, {}), [claim])
            assert answer.verdict == meant.get(kind, Verdict.REVISED), (kind, paper.title)
            offset += 1


def test_a_mix_that_cannot_be_generated_says_what_to_do() -> None:
    assert MIX.fault() is None
    assert "less than all" in str(replace(MIX, exact=0.9, near=0.1).fault())
    assert "--layout arxiv_feed" in str(replace(MIX, layouts=("json_lines",)).fault())
    assert replace(MIX, layouts=("json_lines",), revised=0).fault() is None
    assert "no layout html" in str(replace(MIX, layouts=("html",)).fault())


def test_a_spelled_number_is_a_word_of_its_own() -> None:
    spelt = [spelled(number) for number in range(5_000)]
    assert len(set(spelt)) == 5_000
    assert not set(spelt) & set(WORDS)


def test_ids_of_ten_million_papers_and_more_are_of_that_paper_alone() -> None:
    numbers = [invented(1, at, words=40).number for at in (0, 9_999_999, 10_000_000, 20_000_000)]
    assert len(set(numbers)) == 4
