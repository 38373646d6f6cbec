"""What tells that a layout no longer fits its site."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.ingest.drift import Measures, measures
from services.ingest.layouts.layout import BadItem, ListedPaper, Listing
from services.ingest.reading import read
from services.ingest.settings import IngestSection
from tests.invented_pages import blocks_page

THINGS = ("seagrass", "compilers", "glaciers", "violins", "proteins", "auctions", "beetles")
PAPERS = tuple(
    ListedPaper(f"How {thing} change over time", f"We watched {thing} for a year. " * 4)
    for thing in THINGS
)


def measured(papers: tuple[ListedPaper, ...], declared: int | None = None) -> Measures:
    return measures(Listing(papers, declared=declared), characters=10_000)


def test_a_page_in_order_has_no_flag() -> None:
    assert measured(PAPERS, declared=7).flags == ()
    assert measured(PAPERS).out_of_step == 0.0


@pytest.mark.parametrize("declared", [6, 8])
def test_a_page_that_lists_another_number_than_it_declares_is_partial(declared: int) -> None:
    assert measured(PAPERS, declared=declared).flags == ("partial",)


def test_an_item_that_could_not_be_read_is_one_that_was_declared() -> None:
    listing = Listing(PAPERS, declared=8, bad_items=(BadItem(3, "{", "not JSON"),))
    assert measures(listing, characters=1_000).flags == ()


@pytest.mark.parametrize("by", [1, -1])
def test_titles_beside_the_wrong_abstracts_are_out_of_step(by: int) -> None:
    shifted = tuple(
        replace(paper, abstract=PAPERS[(at + by) % len(PAPERS)].abstract)
        for at, paper in enumerate(PAPERS)
    )
    assert measured(shifted).flags == ("out_of_step",)


def test_too_few_titles_tell_nothing() -> None:
    swapped = (
        replace(PAPERS[0], abstract=PAPERS[1].abstract),
        replace(PAPERS[1], abstract=PAPERS[0].abstract),
    )
    assert measured(swapped).out_of_step == 0.0


def test_shares_are_of_the_papers_and_of_the_page() -> None:
    bare = tuple(replace(paper, abstract=None) for paper in PAPERS[:3])
    found = measured((*bare, *PAPERS[3:]))
    assert found.without_abstract == pytest.approx(3 / 7)
    letters = sum(len(paper.title or "") + len(paper.abstract or "") for paper in PAPERS[3:])
    titles = sum(len(paper.title or "") for paper in bare)
    assert found.coverage == pytest.approx((letters + titles) / 10_000)


def test_a_page_without_papers_can_be_measured() -> None:
    assert measured((), declared=0) == Measures(0, 0, 0, 0.0, 0.0, 0.0)


def test_what_is_measured_comes_with_the_reading() -> None:
    pairs = [(f"How {thing} fall", f"We propose a model of {thing}. " * 8) for thing in THINGS]
    abstracts = [abstract for _, abstract in pairs]
    shifted = [
        (title, abstract.strip())
        for (title, _), abstract in zip(pairs, [*abstracts[1:], abstracts[0]], strict=True)
    ]
    reading = read(blocks_page(shifted).encode(), limits=IngestSection())
    assert reading.measures.out_of_step == 1.0
    assert reading.flags == ("out_of_step",)
