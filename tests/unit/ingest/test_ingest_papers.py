"""What a listed paper becomes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.common.identity import wording_id
from services.common.records import Paper
from services.ingest.drift import measures
from services.ingest.layouts.layout import ListedPaper, Listing
from services.ingest.papers import Origin, papers
from services.ingest.reading import Reading

ORIGIN = Origin("0" * 32, "https://example.org/list", datetime(2031, 1, 2, tzinfo=UTC), "t", 1, 7)


def records(*listed: ListedPaper, flags: tuple[str, ...] = ()) -> tuple[Paper, ...]:
    listing = Listing(papers=listed, date_label="Jan 2")
    measured = measures(listing, characters=1_000)
    return papers(Reading("some_layout", "its mark", listing, flags, measured, ()), ORIGIN)


@pytest.mark.parametrize(
    ("listed", "flags"),
    [
        (ListedPaper("Peat", "It grows."), ()),
        (ListedPaper(None, "It grows."), ("title_missing",)),
        (ListedPaper("Peat", None), ("abstract_missing",)),
        (ListedPaper("Peat", "It grows and\u2026"), ("abstract_truncated",)),
        (ListedPaper("Peat", "It grows and..."), ("abstract_truncated",)),
        (ListedPaper("Peat", "It grows and [Content truncated]"), ("abstract_truncated",)),
        (ListedPaper("Peat \\emph{alone}", "It grows."), ("tex_residue",)),
        (ListedPaper("Peat", "It grows by $2 \\times 10$ cm."), ("tex_residue",)),
        (ListedPaper("Peat", "It grows by $x$ cm."), ("tex_residue",)),
        (ListedPaper("Peat", "It grows by 10\\% a year."), ("tex_residue",)),
        (ListedPaper("Peat", "It costs $5 to $10 a bag, or US$7-$8."), ()),
        (
            ListedPaper(None, "{\\sc Peat} grows..."),
            ("title_missing", "abstract_truncated", "tex_residue"),
        ),
    ],
)
def test_flags_say_what_is_missing_or_left_over(
    listed: ListedPaper, flags: tuple[str, ...]
) -> None:
    assert records(listed)[0].flags == flags


def test_the_flags_of_the_page_are_on_every_paper() -> None:
    found = records(ListedPaper("A", "b."), ListedPaper(None, "c."), flags=("invalid_utf8",))
    assert [paper.flags for paper in found] == [
        ("invalid_utf8",),
        ("title_missing", "invalid_utf8"),
    ]


def test_a_paper_carries_its_place_its_words_and_its_links() -> None:
    first, second = records(
        ListedPaper("Peat", "Grows."), ListedPaper("Clay", "At https://github.com/a/b.")
    )
    assert (first.page.position, second.page.position) == (0, 1)
    assert second.page.papers_on_page == 2
    assert second.page.page_id == "0" * 32
    assert second.page.source == "https://example.org/list"
    assert second.page.captured_at == datetime(2031, 1, 2, tzinfo=UTC)
    assert second.page.layout == "some_layout"
    assert second.page.date_label == "Jan 2"
    assert (second.page.topic, second.page.partition, second.page.offset) == ("t", 1, 7)
    assert second.wording_id == wording_id("Clay", "At https://github.com/a/b.")
    assert second.links.code == ("https://github.com/a/b",)
    assert second.paper_id is None


def test_text_layouts_give_no_identifiers() -> None:
    (paper,) = records(ListedPaper("After arXiv:2101.00001", "See doi 10.1000/182."))
    assert (paper.arxiv_id, paper.doi, paper.published) == (None, None, None)
