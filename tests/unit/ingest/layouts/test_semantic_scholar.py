"""Semantic Scholar: which lists are its own, and what a page declares."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.ingest.capture import capture
from services.ingest.layouts import semantic_scholar
from services.ingest.layouts.layout import Match
from services.ingest.notation import Json

PAPER = {"paperId": "ab" * 20, "title": "Sundials of the Fens"}


def answers(page: Json) -> bool:
    answer = semantic_scholar.LAYOUT.answer(capture(json.dumps(page).encode()))
    return isinstance(answer, Match)


@pytest.mark.parametrize(
    "page",
    [
        {"total": 1, "data": []},
        {"data": []},
        {"total": 0, "data": [], "status": "ok"},
        {"total": 1, "data": [{"id": "1", "title": "A"}]},
        {"total": 1, "data": [{"paperId": "1", "year": 2031}]},
        {"total": 3, "data": [PAPER, None, {"id": 1}]},
        {"total": 1, "data": [PAPER], "took": 3},
        {"total": 1, "data": {"paperId": "1"}},
        {"recommendedPapers": [{"name": "a newspaper"}]},
        [PAPER],
    ],
)
def test_a_list_of_another_site_is_not_recognised(page: Json) -> None:
    assert not answers(page)


@pytest.mark.parametrize(
    "page",
    [
        {"total": 0, "offset": 0, "data": []},
        {"total": 0, "token": None, "data": []},
        {"recommendedPapers": []},
        {"total": 2, "token": "A", "data": [PAPER, None, PAPER]},
        {"recommendedPapers": [PAPER]},
    ],
)
def test_a_search_and_recommendations_are_recognised(page: Json) -> None:
    assert answers(page)


@pytest.mark.parametrize(
    ("more", "declared"),
    [
        ({"total": 1711, "offset": 100, "next": 200}, 100),
        ({"total": 1711, "offset": 1700}, None),
        ({"total": 1711, "token": "A"}, None),
        ({"total": 1711, "offset": 9, "next": 3}, None),
        ({"total": 1711, "offset": "0", "next": True}, None),
    ],
)
def test_only_the_next_page_tells_how_many_are_on_this_one(
    more: dict[str, Any], declared: int | None
) -> None:
    page = capture(json.dumps({"data": [PAPER], **more}).encode())
    assert semantic_scholar.parse(page).declared == declared
