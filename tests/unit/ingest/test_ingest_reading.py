"""From a page's bytes to what it lists, within the limits."""

from __future__ import annotations

import pytest

from services.ingest.form import Form
from services.ingest.layouts.layout import Layout, ListedPaper, Listing, Match
from services.ingest.reading import read
from services.ingest.settings import IngestSection

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
