"""TeX as characters, where it has one."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.identity import normalise
from services.ingest import tex
from tests.unit.ingest import shared_paper


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"Ya\"el Naz\'e", "Yaël Nazé"),
        (r"Erd\H{o}s, Fran\c{c}ois, \v{S}koda, \v s", "Erdős, François, Škoda, š"),
        (r"{\L}\'od\'z, J{\o}rgensen, Stra\ss e, Stra{\ss}e", "Łódź, Jørgensen, Straße, Straße"),
        (r"Na\"{\i}ve, {\'E}cole, {\'{E}}, \`\i", "Naïve, École, É, ì"),
        (r"Donald~E. Knuth", "Donald E. Knuth"),
        (r"{GNN2GNN}: {A {S}tory}", "GNN2GNN: A Story"),
        (r"\textit{{D}rift} \href{a}{b} {\em x}", r"\textit{Drift} \href{a}{b} \em x"),
        (r"5\% of 100% \& \#1, a\_b \$5", r"5% of 100% & #1, a_b \$5"),
        (r"\NAM{x}, \vspace, \times, \infty", r"\NAM{x}, \vspace, \times, \infty"),
        (r"$\v{x}_{i} \& {n}$ {and} \'a", r"$\v{x}_{i} \& {n}$ and á"),
        (r"{costs} \$5 or $6 {more} \'a", r"costs \$5 or $6 more á"),
        (r"\{1, 2\}", r"\{1, 2\}"),
        (r"https://example.org/~ada", "https://example.org/~ada"),
        (r"{\textless}p{\textgreater}", "<p>"),
        ("}}{{", ""),
        ("\\", "\\"),
        ("plain", "plain"),
    ],
)
def test_what_has_a_character_becomes_one(written: str, shown: str) -> None:
    assert tex.characters(written) == shown


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
def test_accents_in_names_are_letters(name: str, found: str) -> None:
    assert tex.characters(name) == found


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
    assert tex.characters(name) == name


def test_braces_that_do_not_match_are_dropped() -> None:
    assert tex.characters("}{" * 2_000 + r"\'e{") == "é"


@pytest.mark.parametrize("accent", list("\"'`^~=.") + [f"{name} " for name in "uvHcdbrk"])
def test_every_accent_fits_every_letter(accent: str) -> None:
    for letter in string.ascii_letters:
        found = tex.characters(rf"\{accent}{letter}")
        assert found[0].isalpha()
        assert "\\" not in found


def test_the_words_of_a_paper_stay() -> None:
    for text in (shared_paper.TITLE, shared_paper.ABSTRACT):
        assert normalise(tex.characters(text)) == normalise(text)


@given(st.text(alphabet="\\{}$~'\"^cuHi as\n%&", max_size=40))
def test_any_text_is_read(text: str) -> None:
    assert len(tex.characters(text)) <= len(text)


@pytest.mark.parametrize("unit", ["\\'", "\\'{", "\\u ", "{", "{}", "\\textit{", "$", "a~", "\\"])
def test_the_work_grows_with_the_text_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        started = time.process_time()
        tex.characters(unit * length)
        return time.process_time() - started

    assert min(seconds(80_000) for _ in range(3)) < 0.02 + 8 * max(seconds(20_000), 0.001)
