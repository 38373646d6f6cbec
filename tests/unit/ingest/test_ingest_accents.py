"""TeX in names."""

from __future__ import annotations

import string

import pytest

from services.ingest.accents import letters


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (r"Ya\"el Naz\'e", "Yaël Nazé"),
        (r"Jos\'{e} Garc\'{\i}a", "José García"),
        (r"{\L}ukasz D{\k{a}}browski", "Łukasz Dąbrowski"),
        (r"J. H\o{}eg, S\o ren \AA berg", "J. Høeg, Søren Åberg"),
        (r"\v{S}imon \v Cech \c{C}elik", "Šimon Čech Çelik"),
        (r"{\'E}mile Br\^{u}l\'e", "Émile Brûlé"),
        (r"Dvo\v{r}\'ak~A.\ B.", "Dvořák A. B."),
        ("Ada Berg", "Ada Berg"),
        ("Żaneta Őri", "Żaneta Őri"),
    ],
)
def test_accents_are_letters(name: str, found: str) -> None:
    assert letters(name) == found


@pytest.mark.parametrize(
    "name",
    [
        "50% Berg",
        "Berg & Lin",
        "$x_1$",
        r"\unknown Berg",
        r"\begin Berg",
        "Berg \\",
        r"Berg \'",
        r"\input/etc Berg",
    ],
)
def test_what_is_no_accent_stays_as_written(name: str) -> None:
    assert letters(name) == name


def test_braces_that_do_not_match_are_dropped() -> None:
    assert letters("}{" * 2_000 + r"\'e{") == "é"


@pytest.mark.parametrize("accent", list("\"'`^~=.") + [f"{name} " for name in "uvHcdbrk"])
def test_every_accent_fits_every_letter(accent: str) -> None:
    for letter in string.ascii_letters:
        found = letters(rf"\{accent}{letter}")
        assert found[0].isalpha()
        assert "\\" not in found
