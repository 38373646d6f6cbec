"""The checker of a campaign finds what it is for."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.checker import Evidence, Listed, findings

ONE, TWO, AGAIN = Listed("page", 0, "one"), Listed("page", 1, "two"), Listed("next", 0, "one")
GOOD = Evidence(
    listed=[ONE, TWO, AGAIN],
    missing_pages=[],
    papers={(0, 0): ONE, (1, 5): TWO, (0, 1): AGAIN},
    unique=[("one", (0, 0)), ("two", (1, 5))],
    sightings=[TWO, ONE, AGAIN],
    enriched=["two", "one"],
    dead_letters=[],
)


def found(**changes: object) -> list[str]:
    return findings(replace(GOOD, **changes))  # type: ignore[arg-type]


def test_nothing_is_found_where_all_is_well() -> None:
    assert findings(GOOD) == []


def test_a_paper_that_is_lost_is_found_on_each_topic() -> None:
    assert found(papers={(0, 0): ONE, (1, 5): TWO}) == ["papers: one at next/0 is lost, 1 of 1"]
    assert found(sightings=[ONE, AGAIN]) == ["sightings: two at page/1 is lost, 1 of 1"]
    assert found(unique=[("one", (0, 0))]) == ["unique: two is lost, 1 of 1"]
    assert found(enriched=["one"]) == ["enriched: two is lost, 1 of 1"]


def test_a_paper_that_is_double_is_found_on_each_topic() -> None:
    doubled = {**GOOD.papers, (1, 6): TWO}
    assert found(papers=doubled) == ["papers: two at page/1 is there 1 times too often, 2 in all"]
    assert found(sightings=[ONE, TWO, AGAIN, AGAIN]) == [
        "sightings: one at next/0 is there 1 times too often, 2 in all"
    ]
    assert found(unique=[*GOOD.unique, ("one", (0, 1))]) == [
        "unique: one is there 1 times too often, 2 in all"
    ]
    assert found(enriched=["one", "two", "two"]) == [
        "enriched: two is there 1 times too often, 2 in all"
    ]


def test_a_sighting_of_another_wording_at_the_place_is_found() -> None:
    assert found(sightings=[ONE, Listed("page", 1, "one"), AGAIN]) == [
        "sightings: two at page/1 is lost, 1 of 1",
        "sightings: one at page/1 is there 1 times too often, 1 in all",
    ]


def test_an_owner_is_wrong_where_another_paper_or_none_is() -> None:
    for owner, there in (((1, 5), "two at page/1"), ((7, 7), "None"), (None, "None")):
        assert found(unique=[("one", owner), ("two", (1, 5))]) == [
            f"unique: one names {owner} as its owner, where there is {there}"
        ]


def test_a_page_that_was_captured_twice_lists_its_papers_twice() -> None:
    assert found(listed=[*GOOD.listed, AGAIN]) == [
        "papers: one at next/0 is lost, 1 of 2",
        "sightings: one at next/0 is lost, 1 of 2",
    ]


def test_what_was_fed_and_is_not_there_is_found() -> None:
    assert found(missing_pages=["lost"]) == ["pages: lost was fed and is not there"]


def test_any_dead_letter_is_a_finding() -> None:
    assert found(dead_letters=["dedupe crashed"]) == ["dead-letter: dedupe crashed"]
