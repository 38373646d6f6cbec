"""Authors in one field."""

from __future__ import annotations

import pytest

from services.ingest.authors import first_name_first, guessed, listed, named, spoken


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Ada Berg, Bo  Lin,  Cy Dee", ("Ada Berg", "Bo Lin", "Cy Dee")),
        ("Ada Berg (Institute of Sand, Riga), Bo Lin (B (and C), D)", ("Ada Berg", "Bo Lin")),
        ("Ada (Lin) Berg", ("Ada (Lin) Berg",)),
        ("Ada Berg, Jr., Bo Lin, III", ("Ada Berg Jr.", "Bo Lin III")),
        ("The Sand and Wind Collaborations", ("The Sand and Wind Collaborations",)),
        ("Ada Berg (", ("Ada Berg (",)),
        (" , ,", ()),
    ],
)
def test_commas_stand_between_names_and_affiliations_are_none(
    field: str, names: tuple[str, ...]
) -> None:
    assert listed(field) == names


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Ada Berg, Bo Lin and Cy Dee", ("Ada Berg", "Bo Lin", "Cy Dee")),
        ("Ada Berg, Bo Lin, and Cy Dee", ("Ada Berg", "Bo Lin", "Cy Dee")),
        ("Ada Berg (Riga) and Andy Sand", ("Ada Berg", "Andy Sand")),
    ],
)
def test_the_last_name_may_follow_a_word(field: str, names: tuple[str, ...]) -> None:
    assert spoken(field) == names


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Berg, A., Lin, B. C.", ("A. Berg", "B. C. Lin")),
        ("Berg, Ada", ("Ada Berg",)),
        ("Berg, Ada; Lin, Bo", ("Ada Berg", "Bo Lin")),
        ("Ada Berg, Bo Lin", ("Ada Berg", "Bo Lin")),
        ("Ada Berg", ("Ada Berg",)),
    ],
)
def test_last_names_may_come_first(field: str, names: tuple[str, ...]) -> None:
    assert guessed(field) == names


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Berg, Ada", "Ada Berg"),
        ("Berg, Jr., Ada", "Ada Berg Jr."),
        ("Berg, Ada, III", "Ada Berg III"),
        ("Rahman, Md.", "Md. Rahman"),
        ("Ada Berg, Ph.D.", "Ada Berg, Ph.D."),
        ("Sand, Wind, and Waves", "Sand, Wind, and Waves"),
        ("Ada Berg", "Ada Berg"),
    ],
)
def test_a_name_with_its_last_name_first_is_turned_round(written: str, shown: str) -> None:
    assert first_name_first(written) == shown


def test_words_that_stand_for_nobody_are_no_names() -> None:
    assert named(["Ada  Berg", "et al.", "Others", ""]) == ("Ada Berg",)
