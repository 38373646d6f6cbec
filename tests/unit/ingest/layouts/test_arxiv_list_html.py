"""arXiv's lists as HTML: what is refused, and what a page may do without harm."""

from __future__ import annotations

import pytest

from services.common.records import Kind
from services.ingest.capture import Capture, capture
from services.ingest.layouts.arxiv_list_html import LAYOUT
from services.ingest.layouts.layout import ListedPaper, Match, Mismatch

ENTRY = (
    "<dt><a name='item1'>[1]</a> <a href =\"/abs/2604.00017\" title='Abstract'>arXiv:2604.00017</a>"
    "MARK</dt><dd><div class='meta'><div class='list-title'><span class='descriptor'>Title:</span> "
    "Rain Gauges on Roofs</div><div class='list-authors'><a href='#'>Ada Field</a></div>"
    "<p class='mathjax'>ABSTRACT</p></div></dd>"
)
LIST = f"<dl id='articles'><h3>New submissions (showing 1 of 1 entries)</h3>{ENTRY}</dl>"

NESTED = (
    "<dt><a href='/abs/2604.00017'>arXiv:2604.00017</a></dt><dd><section>"
    "<div class='list-title'>Rain"
)


def page(inside: str) -> Capture:
    return capture(f"<!DOCTYPE html><html><body>{inside}</body></html>".encode())


def only_paper(inside: str) -> ListedPaper:
    (paper,) = LAYOUT.parse(page(inside)).papers
    return paper


@pytest.mark.parametrize(
    "inside",
    [
        LIST.replace(" id='articles'", ""),
        "<pre>" + LIST.replace("<", "&lt;") + "</pre>",
        f"<script>const page = `{LIST}`;</script><p>How to read a list</p>",
        f"<!-- {LIST} --><p>How to read a list</p>",
        "<div id='abs'><h1 class='title'>Title: Rain Gauges on Roofs</h1></div>",
    ],
)
def test_a_page_without_the_sites_list_is_refused(inside: str) -> None:
    assert LAYOUT.answer(page(inside)) == Mismatch("no element is #dlpage or dl#articles")


def test_a_page_cut_before_its_first_paper_is_refused_and_says_why() -> None:
    answer = LAYOUT.answer(page("<div id='dlpage'><h1>Sound</h1><h3>Showing new listings for"))
    assert isinstance(answer, Mismatch)
    assert "no titles" in answer.reason


def test_a_text_that_quotes_the_mark_up_is_no_page_of_it() -> None:
    assert isinstance(LAYOUT.answer(capture(b"PAGE = '''\n" + LIST.encode())), Mismatch)


@pytest.mark.parametrize(
    "words",
    [
        "<p>No updates today.</p>",
        "<dl id='articles'><p>No updates for this time period.</p></dl>",
        "<p>No updates for Sat, 25 Apr 2026. There was either no announcement, or none here.</p>",
        "<small>[ total of 0 entries ]</small>",
    ],
)
def test_a_list_that_says_that_it_is_empty_lists_nothing(words: str) -> None:
    empty = page(f"<div id='dlpage'>{words}</div>")
    assert isinstance(LAYOUT.answer(empty), Match)
    assert not LAYOUT.parse(empty).papers


def test_a_list_saved_without_the_page_around_it_is_read() -> None:
    alone = capture(LIST.encode())
    assert isinstance(LAYOUT.answer(alone), Match)
    assert LAYOUT.parse(alone).declared == 1
    assert LAYOUT.parse(alone).papers[0].title == "Rain Gauges on Roofs"


def test_foreign_headings_change_no_section() -> None:
    foreign = LIST.replace("<dt>", "<h3>Checked by Scanner</h3><dt>")
    assert only_paper(foreign).kind is Kind.NEW


def test_a_replaced_paper_is_one_in_any_section() -> None:
    assert only_paper(LIST.replace("MARK", " (replaced)")).kind is Kind.REPLACE
    assert only_paper(LIST.replace("MARK", " (cross-list from cs.SD)")).kind is Kind.CROSS


def test_an_identifier_shown_as_a_link_in_the_abstract_names_no_record_and_no_code() -> None:
    mention = "We extend <a href='https://arxiv.org/abs/2501.00002'>arXiv:2501.00002</a>."
    paper = only_paper(LIST.replace("ABSTRACT", mention))
    assert paper.abstract == "We extend arXiv:2501.00002."
    assert (paper.arxiv_id, paper.more_addresses) == ("2604.00017", ())


def test_a_line_break_is_a_space_and_unseen_nodes_are_nothing() -> None:
    marked = "A<sub>2</sub> is<br>known.<style>p {}</style><noscript>Enable it.</noscript>"
    assert only_paper(LIST.replace("ABSTRACT", marked)).abstract == "A2 is known."


def test_an_entry_without_a_title_is_a_bad_item_and_the_others_are_read() -> None:
    cut = ENTRY.partition("<dd>")[0]
    listing = LAYOUT.parse(page(f"<dl id='articles'>{ENTRY}{cut}</dl>"))
    assert [paper.title for paper in listing.papers] == ["Rain Gauges on Roofs"]
    assert [(item.number, "2604.00017" in item.content) for item in listing.bad_items] == [
        (2, True)
    ]


def test_a_foreign_term_without_identifier_and_title_is_no_entry() -> None:
    listing = LAYOUT.parse(page(f"<div id='dlpage'>{LIST}<dl><dt>Safe</dt><dd>Yes</dd></dl></div>"))
    assert (len(listing.papers), listing.bad_items) == (1, ())


def test_the_depth_of_a_page_costs_no_depth_of_calls() -> None:
    deep = "<span>" * 400 + "rain"
    assert only_paper(LIST.replace("ABSTRACT", deep)).abstract == "rain"


def test_papers_within_one_another_are_given_up_before_they_cost_a_square_of_the_page() -> None:
    nested = page("<dl id='articles'>" + NESTED * 160)
    listing = LAYOUT.parse(nested)
    assert listing.flags == ("partial",)
    assert len(listing.papers) < 200
