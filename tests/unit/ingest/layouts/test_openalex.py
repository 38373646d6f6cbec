"""OpenAlex: what is a list of its works, how many a page holds, and abstracts from positions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.ingest.capture import capture
from services.ingest.layouts import openalex
from services.ingest.layouts.layout import ListedPaper, Listing, Match
from services.ingest.notation import Json

WORK = "https://openalex.org/W1"


def page(results: Json, **meta: Any) -> bytes:
    return json.dumps({"meta": meta, "results": results}).encode()


def listing(body: bytes) -> Listing:
    return openalex.parse(capture(body))


def work(**fields: Any) -> ListedPaper:
    body = json.dumps({"id": WORK, "display_name": "Sundials", **fields}).encode()
    (paper,) = listing(body).papers
    return paper


@pytest.mark.parametrize(
    "body",
    [
        page([]),
        page([], count=0),
        page([], count=9, page=1, per_page=25),
        page([], count=9, page=None, per_page=25, next_cursor="x"),
        page([{"id": "https://openalex.org/A1", "display_name": "An author"}]),
        page([{"id": 1, "title": "A"}]),
        page(None, count=0, per_page=25),
        json.dumps([{"id": WORK}]).encode(),
        json.dumps({"results": [{"quoted": {"id": WORK}}]}).encode(),
    ],
)
def test_another_list_or_a_page_that_should_not_be_empty_is_not_recognised(body: bytes) -> None:
    assert not isinstance(openalex.LAYOUT.answer(capture(body)), Match)


@pytest.mark.parametrize(
    "body",
    [
        page([], count=0, page=1, per_page=25),
        page([], count=50, page=3, per_page=25),
        page([], count=50, page=None, per_page=25, next_cursor=None),
        json.dumps({"id": WORK, "display_name": "Sundials"}).encode(),
    ],
)
def test_a_page_that_says_that_it_is_empty_and_one_work_are_recognised(body: bytes) -> None:
    assert isinstance(openalex.LAYOUT.answer(capture(body)), Match)


@pytest.mark.parametrize(
    ("meta", "declared"),
    [
        ({"count": 60, "page": 1, "per_page": 25}, 25),
        ({"count": 60, "page": 3, "per_page": 25}, 10),
        ({"count": 60, "page": 9, "per_page": 25}, 0),
        ({"count": 60, "page": None, "per_page": 25}, None),
        ({"count": 60, "page": 0, "per_page": 25}, None),
        ({"count": "60", "page": 1, "per_page": True}, None),
        ({}, None),
    ],
)
def test_a_page_declares_a_full_page_or_what_is_left(
    meta: dict[str, Any], declared: int | None
) -> None:
    assert listing(page([{"id": WORK, "display_name": "A"}], **meta)).declared == declared


@pytest.mark.parametrize(
    ("index", "abstract"),
    [
        ({"tides": [1, 3], "Of": [0], "and": [2]}, "Of tides and tides"),
        ({"far": [10**12], "near": [2]}, "near far"),
        ({"Abstract": [0], "Tides": [1]}, "Tides"),
        ({"Abstract": [0], "tides": [1]}, "Abstract tides"),
        ({"Abstract": [0]}, "Abstract"),
        ({"odd": "0", "bad": [None, "1", 1.5, {}]}, None),
        ([["a", 0]], None),
        (None, None),
    ],
)
def test_an_abstract_is_put_back_in_order(index: Json, abstract: str | None) -> None:
    assert work(abstract_inverted_index=index).abstract == abstract


def test_a_copy_with_another_doi_gives_no_doi() -> None:
    places = [{"landing_page_url": "https://doi.org/10.5072/copy"}, None, {"landing_page_url": 1}]
    assert work(locations=places).doi is None


def test_a_work_has_the_arxiv_id_of_its_place_or_of_its_doi() -> None:
    place = {"landing_page_url": "https://arxiv.org/abs/2903.01234v2"}
    assert work(locations=[place]).arxiv_id == "2903.01234"
    assert work(doi="https://doi.org/10.48550/arXiv.2903.01234").arxiv_id == "2903.01234"
