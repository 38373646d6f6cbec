"""Titles as they are compared."""

from __future__ import annotations

import pytest

from services.common.identity import words
from services.dedupe.titles import comparable

TITLES = {
    "How Tides Carry Seeds (Extended Abstract)": "how tides carry seeds",
    "How Tides Carry Seeds [short paper].": "how tides carry seeds",
    "Über Gezeiten und Samen (Poster) ": "uber gezeiten und samen",
    "How Tides Carry Seeds (and Roots)": "how tides carry seeds and roots",
    "(Extended Abstract)": "",
    "$O(n)$ Tides": "o n tides",
    "": "",
}


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_compared_without_accents_and_without_a_venues_note(title: str) -> None:
    assert comparable(title, words(title)) == TITLES[title]


def test_no_title_is_compared_as_an_empty_one() -> None:
    assert comparable(None, "") == ""
