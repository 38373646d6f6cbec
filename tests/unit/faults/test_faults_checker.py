"""The checker of pages finds what it is for."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.checker import Evidence, Listed, Version, findings, misjudged

ONE, TWO, AGAIN = Listed("page", 0, "one"), Listed("page", 1, "two"), Listed("next", 0, "one")
A, B, GONE = (
    Version((0, 3), "one", False),
    Version((1, 8), "two", False),
    Version((1, 9), "two", True),
)
GOOD = Evidence(
    listed=[ONE, TWO, AGAIN],
    missing_pages=[],
    layouts=["lines", "lines"],
    papers=[ONE, AGAIN, TWO],
    sightings=[TWO, ONE, AGAIN],
    unique=[A, B, GONE],
    enriched=[B, GONE, A],
)


def found(**changes: object) -> list[str]:
    return findings(replace(GOOD, **changes))  # type: ignore[arg-type]


def test_nothing_is_found_where_all_is_well() -> None:
    assert findings(GOOD) == []
    assert list(misjudged(GOOD, {"two": False})) == []


def test_a_paper_that_is_lost_is_found_on_each_topic() -> None:
    assert found(papers=[ONE, TWO]) == ["papers: one at next/0 is lost, 1 of 1"]
    assert found(sightings=[ONE, AGAIN]) == ["sightings: two at page/1 is lost, 1 of 1"]
    assert found(enriched=[B, GONE]) == ["enriched: a version of one at (0, 3) is lost, 1 of 1"]


def test_a_paper_that_is_double_is_found_on_each_topic() -> None:
    assert found(papers=[*GOOD.papers, TWO]) == [
        "papers: two at page/1 is there 1 times too often, 2 in all"
    ]
    assert found(sightings=[*GOOD.sightings, AGAIN]) == [
        "sightings: one at next/0 is there 1 times too often, 2 in all"
    ]
    assert found(enriched=[*GOOD.enriched, A]) == [
        "enriched: a version of one at (0, 3) is there 1 times too often, 2 in all"
    ]


def test_a_sighting_of_another_wording_at_the_place_is_found() -> None:
    assert found(sightings=[ONE, Listed("page", 1, "one"), AGAIN]) == [
        "sightings: two at page/1 is lost, 1 of 1",
        "sightings: one at page/1 is there 1 times too often, 1 in all",
    ]


def test_a_takedown_that_kept_its_words_on_enriched_is_found() -> None:
    kept = Version(GONE.at, "two", False)
    assert found(enriched=[A, B, kept]) == [
        "enriched: the end of two at (1, 9) is lost, 1 of 1",
        "enriched: a version of two at (1, 9) is there 1 times too often, 1 in all",
    ]


def test_a_page_that_was_captured_twice_lists_its_papers_twice() -> None:
    assert found(listed=[*GOOD.listed, AGAIN]) == [
        "papers: one at next/0 is lost, 1 of 2",
        "sightings: one at next/0 is lost, 1 of 2",
    ]


def test_what_was_fed_and_is_not_there_is_found() -> None:
    assert found(missing_pages=["lost"]) == ["pages: lost was fed and is not there"]


def test_a_paper_ends_as_its_takedown_left_it() -> None:
    assert list(misjudged(GOOD, {"two": True})) == [
        "enriched: two was brought back, and is not so at the end"
    ]
    assert list(misjudged(GOOD, {"one": False, "two": False})) == [
        "enriched: one was taken down, and is not so at the end"
    ]
    assert list(misjudged(GOOD, {})) == [
        "enriched: two ends as taken down, and nobody asked for it"
    ]
    back = replace(GOOD, enriched=[*GOOD.enriched, Version((1, 10), "two", False)])
    assert list(misjudged(back, {"two": True})) == []
    assert list(misjudged(GOOD, {"two": True}, {"two"})) == []
    assert list(misjudged(GOOD, {}, {"two"})) == []
