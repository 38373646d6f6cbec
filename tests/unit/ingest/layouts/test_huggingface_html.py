"""Hugging Face Papers as HTML: what is its page, and what only quotes one."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest

from services.ingest.capture import capture
from services.ingest.layouts.huggingface_html import LAYOUT
from services.ingest.layouts.layout import Listing, Match, Mismatch

ITEM = {"paper": {"id": "2609.02345", "title": "Kites Over\n  Salt Marshes", "summary": "We fly."}}
CARD = '<article><h3><a href="/papers/2609.02345">Kites</a></h3></article>'
NAME = "<title>Daily Papers - Hugging Face</title>"


def island(props: Any, target: str = "DailyPapers") -> str:
    data = props if isinstance(props, str) else json.dumps(props)
    return f'<div data-target="{target}" data-props="{html.escape(data)}"></div>'


def listing(page: str) -> Listing:
    found = capture(page.encode())
    assert isinstance(LAYOUT.answer(found), Match)
    return LAYOUT.parse(found)


@pytest.mark.parametrize("key", ["dailyPapers", "searchResults", "results"])
def test_the_list_has_one_of_three_names(key: str) -> None:
    (paper,) = listing(island({key: [ITEM]})).papers
    assert (paper.title, paper.arxiv_id) == ("Kites Over Salt Marshes", "2609.02345")


def test_an_empty_list_beside_a_full_one_is_passed_over() -> None:
    assert len(listing(island({"dailyPapers": [], "results": [ITEM]})).papers) == 1


def test_a_machines_summary_is_no_abstract() -> None:
    item = {"paper": {"id": "2609.02345", "title": "Kites", "ai_summary": "Kites fly."}}
    assert listing(island({"dailyPapers": [item]})).papers[0].abstract is None


def test_the_day_of_listing_is_not_the_day_of_publication() -> None:
    days = {"submittedOnDailyAt": "2025-02-03T00:00:00.000Z"}
    item = {"paper": ITEM["paper"] | days, "publishedAt": "2025-02-02T00:00:00.000Z"}
    assert listing(island({"dailyPapers": [item]})).papers[0].published is None


def test_a_page_is_named_by_an_id_and_by_nothing_else() -> None:
    item = {"paper": {"id": "../../login", "title": "Kites"}}
    assert listing(island({"dailyPapers": [item]})).papers[0].addresses == ()


@pytest.mark.parametrize(
    "item",
    [None, 7, "text", [], {}, {"paper": None}, {"paper": {"id": 7, "title": 8}}, {"title": " "}],
)
def test_an_item_that_cannot_be_read_is_one_bad_item(item: Any) -> None:
    found = listing(island({"dailyPapers": [ITEM, item]}))
    assert (len(found.papers), [bad.number for bad in found.bad_items]) == (1, [2])
    assert json.loads(found.bad_items[0].content) == item


def test_cards_are_read_where_the_json_is_damaged_or_missing() -> None:
    for props in ("", island('{"dailyPapers": ['), island({"periodType": "day"})):
        (paper,) = listing(NAME + props + CARD + CARD).papers
        assert (paper.title, paper.abstract, paper.authors) == ("Kites", None, ())


NEAR_MISSES = {
    "quoted_in_an_article": f"<html><pre>{html.escape(island({'dailyPapers': [ITEM]}))}</pre>",
    "in_a_script": f"<html><script>const page = '{island({'results': [ITEM]})}'</script></html>",
    "in_a_comment": f"<html><!-- {island({'dailyPapers': [ITEM]})} --><p>Kites</p></html>",
    "another_part_of_the_site": island({"dailyPapers": [ITEM]}, target="MainHeader"),
    "json_without_a_list": island({"dailyPapers": {"id": 1}}),
    "cards_of_another_site": f"<title>My Reading List</title>{CARD}",
    "no_papers_and_no_word_of_it": NAME + "<main></main>",
    "cut_within_the_json": NAME + island({"dailyPapers": [ITEM] * 9})[:300],
    "cards_of_models": NAME + '<article><h3><a href="/models/kites">Kites</a></h3></article>',
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    answer = LAYOUT.answer(capture(NEAR_MISSES[name].encode()))
    assert isinstance(answer, Mismatch)
    assert "Kites" not in answer.reason
