"""From a page's bytes to what it lists, within the limits."""

from __future__ import annotations

import pytest

from services.common.errors import Rejected
from services.ingest.form import Form
from services.ingest.layouts.layout import Layout, ListedPaper, Listing, Match
from services.ingest.parsing import parsed
from services.ingest.reading import read
from services.ingest.settings import IngestSection
from tests.invented_pages import PageRecord

LISTING = Listing((ListedPaper("Peat", "It grows."), ListedPaper("Moss", None)), declared=2)
LAYOUT = Layout("some", Form.TEXT, lambda _: Match("its mark"), lambda _: LISTING)


@pytest.mark.parametrize(("titles_alone", "titles"), [("emit", 2), ("leave_out", 1)])
def test_papers_without_an_abstract_are_left_out_if_so_wished(
    titles_alone: str, titles: int
) -> None:
    limits = IngestSection.model_validate({"titles_alone": titles_alone})
    reading = read(b"page", limits=limits, layouts=(LAYOUT,))
    assert len(reading.listing.papers) == titles
    # What the page lists was measured, whatever is wished of it.
    assert (reading.measures.papers, reading.flags) == (2, ())


def listing(author: str, address: str = "https://example.org/") -> Layout:
    long = "\U00010400" * IngestSection().field_characters
    paper = ListedPaper(long, long, authors=(author,), addresses=(address,))
    return Layout("some", Form.TEXT, lambda _: Match("its mark"), lambda _: Listing((paper,)))


def test_the_largest_paper_that_is_let_through_fits_its_record() -> None:
    layout = listing('"' * (200 * 1024 - 20))
    found = parsed(PageRecord(b"page"), IngestSection(), (layout,))
    assert found.outcome.verdict == "parsed"


@pytest.mark.parametrize(
    "layout", [listing("a" * 205_000), listing("a", "b" * 205_000), listing("\ud800" * 205_000)]
)
def test_names_and_addresses_that_would_not_fit_refuse_the_page(layout: Layout) -> None:
    with pytest.raises(Rejected, match="names and addresses of paper 0 have 20") as caught:
        read(b"page", limits=IngestSection(), layouts=(layout,))
    assert caught.value.reason == "field_too_long"
