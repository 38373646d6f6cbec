"""How a layout is chosen, whatever layouts there are."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.common.errors import Rejected
from services.ingest.capture import Capture
from services.ingest.detect import detect
from services.ingest.form import Form
from services.ingest.layouts.layout import (
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.layouts.table import LAYOUTS

PAGE = Capture("page")


def layout(name: str, *, reads: str | None, generic: bool = False) -> Layout:
    answer = Mismatch("no mark") if reads is None else Match("its mark")
    listing = Listing(papers=(ListedPaper(reads, None),))
    return Layout(name, Form.TEXT, lambda _: answer, lambda _: listing, generic=generic)


def test_a_generic_layout_yields_to_one_with_a_mark_in_any_order() -> None:
    layouts = (
        layout("feed", reads="wrong", generic=True),
        layout("site", reads="right"),
        layout("other", reads=None),
    )
    for order in permutations(layouts):
        found = detect(PAGE, order)
        assert found.layout.name == "site"
        assert found.reason == "its mark"
        assert {opinion.layout.name for opinion in found.opinions} == {"feed", "site", "other"}


@pytest.mark.parametrize("generic", [False, True])
def test_two_layouts_that_read_different_papers_are_a_doubt(generic: bool) -> None:
    layouts = (layout("a", reads="x", generic=generic), layout("b", reads="y", generic=generic))
    for order in permutations(layouts):
        with pytest.raises(Rejected, match="a and b read different papers") as caught:
            detect(PAGE, order)
        assert caught.value.reason == "ambiguous_layout"


def test_two_layouts_that_read_the_same_papers_agree_in_any_order() -> None:
    layouts = (layout("b", reads="x"), layout("a", reads="x"))
    assert {detect(PAGE, order).layout.name for order in permutations(layouts)} == {"a"}


def test_a_layout_with_a_mark_leaves_the_generic_ones_unasked() -> None:
    asked: list[str] = []

    def answer(_: Capture) -> Mismatch:
        asked.append("feed")
        return Mismatch("no feed")

    feed = Layout("feed", Form.TEXT, answer, lambda _: Listing(()), generic=True)
    assert detect(PAGE, (feed, layout("site", reads="x"))).layout.name == "site"
    assert asked == []
    with pytest.raises(Rejected):
        detect(PAGE, (feed, layout("site", reads=None)))
    assert asked == ["feed"]


def test_a_listing_that_a_layout_hands_over_is_not_read_again() -> None:
    def never(_: Capture) -> Listing:
        raise AssertionError("it was read again")

    listing = Listing(papers=(ListedPaper("x"),))
    eager = Layout("eager", Form.TEXT, lambda _: Match("its mark", listing), never)
    assert detect(PAGE, (eager,)).listing is listing
    assert detect(PAGE, (eager, layout("lazy", reads="x"))).layout.name == "eager"


def test_an_unknown_page_says_what_every_layout_missed() -> None:
    with pytest.raises(Rejected, match="plain text; tried one: no mark; two: no mark") as caught:
        detect(PAGE, (layout("one", reads=None), layout("two", reads=None)))
    assert caught.value.reason == "unknown_layout"


def test_a_page_of_another_form_is_not_shown_to_a_layout() -> None:
    def never(_: Capture) -> Match:
        raise AssertionError("it was asked")

    shown = layout("text", reads="x")
    other = Layout("feed", Form.XML, never, shown.parse)
    found = detect(PAGE, (other, shown))
    assert found.layout.name == "text"
    assert found.opinions[0].answer == Mismatch("the page is plain text, not XML")


def test_an_unknown_page_tells_of_the_layouts_of_its_form_alone() -> None:
    other = Layout("feed", Form.XML, lambda _: Match("never"), lambda _: Listing(()))
    with pytest.raises(Rejected, match=r"^unknown_layout: plain text; tried one: no mark$"):
        detect(PAGE, (other, layout("one", reads=None)))


def test_layouts_have_names_of_their_own() -> None:
    assert len({known.name for known in LAYOUTS}) == len(LAYOUTS)
