"""arXiv's search results as HTML: what is refused, and what a page may do without harm."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.ingest.capture import Capture, capture
from services.ingest.layouts.arxiv_search_html import LAYOUT
from services.ingest.layouts.layout import ListedPaper, Match, Mismatch

RESULT = (
    "<li class='arxiv-result'><p class='list-title'><a href='https://arxiv.org/abs/2604.00017'>"
    "arXiv:2604.00017</a></p><p class='title is-5'>Rain Gauges on Roofs</p>"
    "<p class='abstract'><span class='abstract-full'>ABSTRACT <a>\u25b3 Less</a></span></p>"
    "<p class='is-size-7'>DATES</p></li>"
)

NESTED = "<li class='arxiv-result'><p class='title'>Rain<object><ul>"


def page(inside: str) -> Capture:
    body = f"<!DOCTYPE html><html><body>{inside}</body></html>".encode()
    return capture(body, captured_at=datetime(2026, 9, 1, tzinfo=UTC))


def only_paper(inside: str) -> ListedPaper:
    (paper,) = LAYOUT.parse(page(inside)).papers
    return paper


@pytest.mark.parametrize(
    "inside",
    [
        "<pre>" + RESULT.replace("<", "&lt;") + "</pre>",
        f"<script>const page = `{RESULT}`;</script>",
        RESULT.replace("arxiv-result", "result"),
        RESULT.replace("p class='title", "p class='heading"),
        "<p class='has-text-warning'>Sorry, your query for rain produced no results.</p>",
        "<a href='https://arxiv.org'>arXiv</a><p>Sorry, your query returned no results.</p>",
        "<a href='https://arxiv.org'>arXiv</a><h1>Showing 1-50 of 60 results for all: rain</h1>",
    ],
)
def test_a_page_without_the_sites_results_is_refused(inside: str) -> None:
    assert isinstance(LAYOUT.answer(page(inside)), Mismatch)


def test_an_advanced_search_without_results_lists_nothing() -> None:
    words = "<p class='is-size-4 has-text-warning'>Sorry, your query returned no results</p>"
    empty = page(f"<a href='https://arxiv.org/'>arXiv</a>{words}")
    assert isinstance(LAYOUT.answer(empty), Match)
    assert not LAYOUT.parse(empty).papers


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("Submitted 20 August, 2026; v1 submitted 3 May, 2026;", date(2026, 5, 3)),
        ("Submitted 20 August, 2026; originally announced August 2026.", date(2026, 8, 20)),
        ("originally announced August 2026.", None),
        ("Submitted 20 August, 2027;", None),
    ],
)
def test_a_paper_appeared_with_its_first_version(dates: str, expected: date | None) -> None:
    assert only_paper(RESULT.replace("DATES", dates)).published == expected


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Showing 1&ndash;50 of 1,234 results for all: rain", 50),
        ("Showing 1,201-1,234 of 1,234 results", 34),
        ("Showing 7&ndash;1 of 9 results", None),
        ("Search", None),
    ],
)
def test_a_page_declares_what_it_shows(heading: str, expected: int | None) -> None:
    assert LAYOUT.parse(page(f"<h1>{heading}</h1>{RESULT}")).declared == expected


@pytest.mark.parametrize("words", ["Moreover, it rains. Less", "It rains \u25b3 upward and more."])
def test_only_the_fold_is_taken_off_an_abstract(words: str) -> None:
    assert only_paper(RESULT.replace("ABSTRACT", words)).abstract == words


def test_a_result_without_its_name_and_dates_is_a_paper_by_its_words() -> None:
    bare = "<li class='arxiv-result'><p class='title'>Rain Gauges on Roofs</p></li>"
    paper = only_paper(bare)
    assert (paper.title, paper.arxiv_id, paper.published) == ("Rain Gauges on Roofs", None, None)


def test_fields_of_another_spelling_than_the_sites_do_no_harm() -> None:
    quirks = capture(RESULT.replace("is-size-7", "IS-SIZE-7").encode())
    assert LAYOUT.parse(quirks).papers[0].title == "Rain Gauges on Roofs"


def test_papers_within_one_another_are_given_up_before_they_cost_a_square_of_the_page() -> None:
    nested = page("" + NESTED * 2_000)
    listing = LAYOUT.parse(nested)
    assert listing.flags == ("partial",)
    assert len(listing.papers) < 200
