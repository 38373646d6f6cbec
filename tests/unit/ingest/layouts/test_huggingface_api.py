"""Hugging Face's API: what is its answer, and what is any other JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.ingest.capture import capture
from services.ingest.layouts.huggingface_api import LAYOUT
from services.ingest.layouts.layout import Match, Mismatch

PAPER = {"id": "2609.02345", "title": "Kites Over Salt Marshes", "summary": "We fly."}
ITEM = {"paper": PAPER, "title": "Kites Over Salt Marshes"}
ONE = {**PAPER, "authors": [], "upvotes": 3}


def answer(page: Any) -> Match | Mismatch:
    return LAYOUT.answer(capture(json.dumps(page).encode()))


@pytest.mark.parametrize("page", [[ITEM], [ITEM, ITEM, None], ONE])
def test_items_and_one_paper_are_recognised(page: Any) -> None:
    assert isinstance(answer(page), Match)


def test_half_a_surrogate_pair_is_left_out_of_a_title() -> None:
    page = capture(b'[{"paper": {"id": "2609.02345", "title": "Kites \\ud83e over Marshes"}}]')
    assert LAYOUT.parse(page).papers[0].title == "Kites over Marshes"


NEAR_MISSES: dict[str, Any] = {
    "python_representations": [str(ITEM), str(ITEM)],
    "mostly_python_representations": [ITEM, str(ITEM)],
    "no_items": [],
    "papers_of_another_site": [PAPER, PAPER],
    "another_papers_fields": {**PAPER, "authors": []},
    "a_model": {"id": "example/kites", "title": "Kites", "authors": [], "upvotes": 3},
    "numbers_for_ids": [{"paper": {"id": 1, "title": "Kites"}}],
    "nested": {"papers": [ITEM]},
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    found = answer(NEAR_MISSES[name])
    assert isinstance(found, Mismatch)
    assert "Kites" not in found.reason


def test_python_representations_are_never_evaluated() -> None:
    page = "[" + json.dumps("__import__('os').abort()") + "]"
    assert isinstance(LAYOUT.answer(capture(page.encode())), Mismatch)
