"""What is counted of a page."""

from __future__ import annotations

import pytest

from services.common.metrics import METRICS, SOURCE
from services.common.outcomes import Measure
from services.ingest.drift import measures
from services.ingest.figures import LABEL_CHARACTERS, figures
from services.ingest.layouts.layout import ListedPaper, Listing
from services.ingest.reading import Reading

PAPER = ListedPaper("A title", "An abstract of 28 characters")


def reading(*papers: ListedPaper, flags: tuple[str, ...] = ()) -> Reading:
    listing = Listing(papers=papers)
    measured = measures(listing, characters=70)
    return Reading("feed", "its mark", listing, flags, measured, ())


def found(page: Reading) -> dict[str, float]:
    return {measure.metric: measure.value for measure in figures(page, "crawl")}


def test_a_page_is_counted_with_its_papers_and_its_shares():
    titles = ListedPaper("A title", None)
    assert found(reading(PAPER, titles, titles, titles)) == {
        "pages_total": 1,
        "page_papers": 4,
        "empty_pages_total": 0,
        "partial_pages_total": 0,
        "out_of_step_pages_total": 0,
        "page_without_abstract_ratio": 0.75,
        "page_coverage_ratio": 0.8,
        "page_out_of_step_ratio": 0,
    }


def test_a_page_without_papers_has_no_shares():
    counted = found(reading())
    assert (counted["pages_total"], counted["empty_pages_total"]) == (1, 1)
    assert not [name for name in counted if name.endswith("_ratio")]


@pytest.mark.parametrize("flag", ["partial", "out_of_step"])
def test_a_flag_is_counted_whoever_gave_it(flag):
    assert found(reading(PAPER, flags=(flag,)))[f"{flag}_pages_total"] == 1


def test_a_long_source_is_cut():
    (first, *_) = figures(reading(PAPER), "s" * 2_000)
    assert first == Measure(metric="pages_total", value=1, labels=("feed", "s" * LABEL_CHARACTERS))


def test_every_figure_is_a_metric_by_layout_and_source_and_the_other_way_round():
    by_source = {metric.name for metric in METRICS if SOURCE in metric.labels}
    assert set(found(reading(PAPER))) == by_source
