"""What is shown of a text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.clean import lines, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  two \t spaces\u00a0here ", "two spaces here"),
        ("soft\u00adhyphen and zero\u200bwidth", "softhyphen and zerowidth"),
        ("\ufeffmark", "mark"),
        ("turn\u202eed\u2066 text\u200f", "turned text"),
        ("bell\x07 escape\x1b[31m delete\x7f", "bell escape[31m delete"),
        ("cafe\u0301", "caf\u00e9"),
        ("line\u2028separator\x0bform\x0cfeed\x85next", "line separator form feed next"),
        ("join\u200ded", "joined"),
        ("\u0645\u06cc\u200c\u0631\u0648\u0645", "\u0645\u06cc\u200c\u0631\u0648\u0645"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        ("a < b & c\\times $x$", "a < b & c\\times $x$"),
        ("\u4e2d\u6587 \u3000\u6458\u8981", "\u4e2d\u6587 \u6458\u8981"),
    ],
)
def test_only_what_cannot_be_seen_is_taken_away(text: str, shown: str) -> None:
    assert one_line(text) == shown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_every_usual_way(end: str) -> None:
    assert lines(end.join(["one ", "", "\ttwo", ""])) == ("one", "", "two", "")


def test_a_form_feed_or_a_line_separator_does_not_end_a_line() -> None:
    assert lines("one\x0ctwo\u2028three\x85four") == ("one two three four",)


@given(st.text())
def test_the_short_cut_for_clean_lines_changes_nothing(text: str) -> None:
    assert one_line(text) == " ".join(visible(text).split())


@given(st.text())
def test_one_line_is_nfc_and_stays_as_it_is(text: str) -> None:
    shown = one_line(text)
    assert unicodedata.is_normalized("NFC", shown)
    assert one_line(shown) == shown
