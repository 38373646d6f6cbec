"""id-v1 is frozen: what was equal stays equal, and the digests never change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.identity import normalise, page_id, wording, wording_id, words

GOLDEN = [
    ("Tidal Locks for Rivers", "We dam them.", "4acdbff9e258f763040687b09f52485b"),
    (None, "Of α and β, at https://example.org/x.", "87af2e4d3f6437894674b223a6ce5529"),
    (r"$\mathcal{O}(n)$ Weirs", None, "7174bca248d56720eced88511478d4e4"),
    ("河流与大坝", "我们研究大坝。", "146cb177ef3bd03283abcbf3bd7e965e"),
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A  Study\nof Rivers", "a study of rivers"),
        (r"Images of $1920\times1080$ pixels", "Images of 1920times1080 pixels"),
        (r"\textbf{Bold} and \emph{slanted}", "Bold and slanted"),
        (r"{\em Early} results", "Early results"),
        (r"In $\mathcal{O}(n)$ time", "In mathcal{O}(n) time"),
        ("Code at https://github.com/invented/weir.", "Code at this https URL ."),
        ("Code at https://github.com/invented/weir.", "Code at this http URL"),
        ("Code at this\thttps\nURL", "Code at"),
        ("See WWW.example.org for more", "See for more"),
        (r"Code: \url{https://example.org/a_b}", "Code:"),
        ("代码见https://example.org/x。结果", "代码见。结果"),
        ("The ﬁrst ﬂood", "The first flood"),
        ("Straße und Fluß", "STRASSE UND FLUSS"),
        ("Ｗｉｄｅ letters", "Wide letters"),
        ("re-use — of “weirs”", 're-use - of "weirs"'),
        ("cafe\u0301", "café"),
    ],
)
def test_the_same_words_in_other_clothes_are_equal(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A study of rivers", "A study of river"),
        (r"$\infty$-norm", "norm"),
        (r"$\times$", ""),
        ("第一条河", "第二条河"),
        ("Part 1", "Part 2"),
        ("text books", "books"),
        ("an it girl", "an girl"),
    ],
)
def test_other_words_are_other_wordings(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_symbol_names_are_kept_and_format_names_dropped() -> None:
    assert words(r"\textit{Weirs} $\alpha \leq \mathbf{b}$") == "weirs alpha leq b"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text())
def test_only_letters_and_digits_are_left(text: str) -> None:
    assert all(character.isalnum() for character in normalise(text))


def test_a_title_moved_into_the_abstract_is_another_wording() -> None:
    assert wording_id("Rivers", "and dams") != wording_id(None, "Rivers and dams")
    assert wording_id("Rivers", None) != wording_id(None, "Rivers")


@pytest.mark.parametrize(("title", "abstract", "digest"), GOLDEN)
def test_golden_vectors(title: str | None, abstract: str | None, digest: str) -> None:
    assert wording_id(title, abstract) == digest


def test_a_page_is_its_bytes() -> None:
    assert page_id(b"") == "cae66941d9efbd404e4d88758ea67670"
    assert page_id(b"a page") != page_id(b"a page ")


@pytest.mark.parametrize(
    ("title", "abstract", "text"),
    [
        ("Tides", "Seeds: adrift.", "tides seeds adrift"),
        (None, "Seeds", "seeds"),
        ("Tides", None, "tides"),
        ("?", "!", ""),
    ],
)
def test_the_text_of_a_wording_is_all_its_words(
    title: str | None, abstract: str | None, text: str
) -> None:
    assert wording(title, abstract).text == text
