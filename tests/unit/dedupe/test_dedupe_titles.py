"""Titles as they are compared."""

from __future__ import annotations

import pytest

from services.common.identity import words
from services.dedupe.titles import comparable, numbers

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


COUNTED = {
    "tides and seeds part ii": "ii",
    "three winters of 12 bays": "three 12",
    "tides revisited": "revisited",
    "covid 19 and mixed reality": "19",
    "tides and seeds": "",
    "": "",
}


@pytest.mark.parametrize("title", COUNTED)
def test_numbers_of_a_title_tell_a_part_or_a_sequel_from_another(title: str) -> None:
    assert numbers(title) == COUNTED[title]
