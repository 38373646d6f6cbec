"""The checker of a campaign of dedupe alone finds what it is for."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from services.common.records import Verdict
from tests.faults.coverage import Emitted, Evidence, Seen, astray, findings
from tests.faults.groups import Group, group

NEW, EXACT, NEAR, REVISED = Verdict.NEW, Verdict.EXACT, Verdict.NEAR, Verdict.REVISED


def made(shape: str, number: int) -> Group:
    """Give a group whose wordings are listed once each, in the order of their shape."""
    found = group(shape, number, random.Random(number))
    return replace(found, records=tuple(dict.fromkeys(found.records)))


def chain(of: Group) -> list[str]:
    """Give three wordings of which the first and the last are not alike."""
    middle = next(each for each in of.wordings if sum(each in pair for pair in of.alike) == 2)
    first, last = (each for each in of.wordings if each != middle)
    return [first, middle, last]


CHAIN, LONE, BARE = made("title, then words", 1), made("alone", 2), made("a title alone", 3)
A, B, C = chain(CHAIN)
(L,) = LONE.wordings
T, R, N = BARE.wordings

GOOD = Evidence(
    groups=[CHAIN, LONE, BARE],
    controls=frozenset(),
    papers={(0, 0): A, (1, 0): B, (2, 0): C, (0, 1): L, (1, 1): T, (2, 1): R, (3, 0): N},
    unique=[
        Emitted((0, 0), A, A, 0),
        Emitted((2, 0), C, C, 0),
        Emitted((0, 1), L, L, 0),
        Emitted((1, 1), T, T, 0),
        Emitted((2, 1), R, T, 1),
    ],
    sightings=[
        Seen((0, 0), A, NEW, A),
        Seen((1, 0), B, NEAR, A),
        Seen((2, 0), C, NEW, C),
        Seen((0, 1), L, NEW, L),
        Seen((1, 1), T, NEW, T),
        Seen((2, 1), R, REVISED, T),
        Seen((3, 0), N, NEAR, T),
    ],
    dead_letters=[],
)


def found(**changes: object) -> list[str]:
    return [str(each) for each in findings(replace(GOOD, **changes))]  # type: ignore[arg-type]


def seen(*changed: Seen) -> list[Seen]:
    """Give the sightings with these in the place of those of their records."""
    places = {each.at for each in changed}
    return [*(each for each in GOOD.sightings if each.at not in places), *changed]


def unique(*changed: Emitted) -> list[Emitted]:
    owners = {each.owner for each in changed}
    return [*(each for each in GOOD.unique if each.owner not in owners), *changed]


def test_nothing_is_found_where_all_is_well() -> None:
    assert found() == []
    assert astray(GOOD) == 0


def test_a_chain_may_be_one_paper_where_the_middle_is_out() -> None:
    one = Emitted((1, 0), B, B, 0)
    assert (
        found(
            unique=[one, *GOOD.unique[2:]],
            sightings=seen(
                Seen((0, 0), A, NEAR, B), Seen((1, 0), B, NEW, B), Seen((2, 0), C, NEAR, B)
            ),
        )
        == []
    )


def test_a_copy_may_name_the_paper_of_an_earlier_life_of_the_index() -> None:
    later = {**GOOD.papers, (1, 2): B, (1, 3): B}
    again = [*GOOD.sightings, Seen((1, 2), B, EXACT, A), Seen((1, 3), B, NEAR, C)]
    assert found(papers=later, sightings=again) == []


def test_a_record_that_was_fed_and_is_not_there_is_found() -> None:
    papers = {at: wording for at, wording in GOOD.papers.items() if wording != B}
    assert f"group 1: 1 of 1 of {B} are not on papers" in found(papers=papers)


def test_a_record_that_was_fed_twice_is_none() -> None:
    twice = {**GOOD.papers, (0, 9): L}
    assert found(papers=twice, sightings=[*GOOD.sightings, Seen((0, 9), L, EXACT, L)]) == []


def test_a_lost_group_is_found() -> None:
    assert found(unique=[each for each in GOOD.unique if each.wording != L]) == [
        f"group 2: (0, 1) was sighted as the record of {L} of {L}, which is not on unique",
        f"group 2: {L} was sighted as of {L}, which is not on unique",
        f"group 2: {L} is lost: nothing stands for it",
    ]


def test_a_group_of_which_nothing_came_is_found() -> None:
    unique = [each for each in GOOD.unique if each.wording != L]
    sightings = [each for each in GOOD.sightings if each.wording != L]
    assert found(unique=unique, sightings=sightings) == [
        "group 2: the record at (0, 1) has 0 sightings",
        f"group 2: {L} is lost: nothing stands for it",
    ]


def test_a_wording_that_was_only_passed_as_a_copy_of_another_is_lost() -> None:
    assert found(sightings=seen(Seen((1, 0), B, EXACT, A))) == [
        f"group 1: {B} is lost: nothing stands for it"
    ]


def test_a_near_copy_of_a_paper_that_went_to_another_is_lost() -> None:
    """0 and 1 are alike, 1 and 2, and 0 and 2 not: 0 was passed for 1, and 1 then for 2."""
    sightings = seen(Seen((0, 0), A, NEAR, B), Seen((1, 0), B, NEAR, C))
    assert found(unique=GOOD.unique[1:], sightings=sightings) == [
        f"group 1: {A} was sighted as of {B}, which is not on unique",
        f"group 1: {A} is lost: nothing stands for it",
    ]


def test_a_group_that_is_covered_twice_is_found() -> None:
    both = unique(Emitted((1, 0), B, B, 0))
    assert found(unique=both, sightings=seen(Seen((1, 0), B, NEW, B))) == [
        f"group 1: covered twice: {' and '.join(sorted(pair))} are alike, and both on unique"
        for pair in CHAIN.alike
    ]


def test_a_wording_that_is_double_on_unique_is_found() -> None:
    again = {**GOOD.papers, (0, 2): L}
    twice = [*GOOD.unique, Emitted((0, 2), L, L, 0)]
    assert found(
        papers=again, unique=twice, sightings=[*GOOD.sightings, Seen((0, 2), L, NEW, L)]
    ) == [
        f"group 2: {L} is on unique 2 times",
        f"group 2: {L} is on unique as revisions [0, 0]",
    ]


@pytest.mark.parametrize(("times", "sightings"), [(0, []), (2, [Seen((1, 0), B, NEAR, A)] * 2)])
def test_a_record_without_a_sighting_or_with_two_is_found(
    times: int, sightings: list[Seen]
) -> None:
    others = [each for each in GOOD.sightings if each.wording != B]
    assert f"group 1: the record at (1, 0) has {times} sightings" in found(
        sightings=[*others, *sightings]
    )


def test_a_sighting_of_no_record_is_found() -> None:
    for at in ((7, 7), (0, 1), None):
        assert f"group 1: a sighting of {at}, where it is not" in found(
            sightings=[*GOOD.sightings, Seen(at, B, NEAR, A)]
        )


@pytest.mark.parametrize("verdict", [NEAR, EXACT])
def test_a_sighting_of_a_paper_that_is_not_on_unique_is_found(verdict: Verdict) -> None:
    later = {**GOOD.papers, (1, 2): A}
    assert found(papers=later, sightings=[*GOOD.sightings, Seen((1, 2), A, verdict, B)]) == [
        f"group 1: {A} was sighted as of {B}, which is not on unique"
    ]


def test_a_copy_of_what_became_a_near_copy_is_counted_as_astray() -> None:
    later = {"papers": {**GOOD.papers, (1, 2): B}}
    sightings = [*GOOD.sightings, Seen((1, 2), B, EXACT, B)]
    assert found(**later, sightings=sightings) == []
    assert astray(replace(GOOD, **later, sightings=sightings)) == 1


def test_a_wrong_merge_across_groups_is_found() -> None:
    assert found(
        unique=[each for each in GOOD.unique if each.wording != L],
        sightings=seen(Seen((0, 1), L, NEAR, A)),
    ) == [
        f"group 2: {L} was taken for {A} of group 1",
        f"group 2: {L} is lost: nothing stands for it",
    ]


def test_a_wrong_merge_within_a_group_is_found() -> None:
    assert found(
        unique=[each for each in GOOD.unique if each.wording != C],
        sightings=seen(Seen((2, 0), C, NEAR, A)),
    ) == [
        f"group 1: {C} was taken for {A}, which it is not like",
        f"group 1: {C} is lost: nothing stands for it",
    ]


def test_what_is_of_no_group_is_found() -> None:
    stranger = "0" * 32
    assert found(
        papers={**GOOD.papers, (5, 5): stranger},
        unique=[*GOOD.unique, Emitted((5, 5), stranger, stranger, 0)],
        sightings=[*GOOD.sightings, Seen((5, 5), stranger, NEW, stranger)],
    ) == [f"{stranger} was taken for {stranger} of group None"]


def test_an_owner_that_was_not_sighted_as_one_is_found() -> None:
    others = [each for each in GOOD.unique if each.wording != L]
    assert found(unique=[*others, Emitted((0, 5), L, L, 0)]) == [
        f"group 2: {L} of {L} is on unique, and (0, 5) was not sighted as its record",
        f"group 2: (0, 1) was sighted as the record of {L} of {L}, which is not on unique",
    ]


@pytest.mark.parametrize("revision", [0, 2])
def test_a_revision_that_is_double_or_missing_is_found(revision: int) -> None:
    assert found(unique=unique(Emitted((2, 1), R, T, revision))) == [
        f"group 3: {T} is on unique as revisions [0, {revision}]"
    ]


def test_a_revision_of_a_paper_that_is_not_there_is_found() -> None:
    missing = [each for each in GOOD.unique if each.wording != T]
    assert f"group 3: {T} is on unique as revisions [1]" in found(unique=missing)


def test_any_dead_letter_is_a_finding() -> None:
    assert found(dead_letters=["dedupe crashed"]) == ["dead-letter: dedupe crashed"]


def test_a_takedown_is_on_unique_once_or_not_at_all() -> None:
    taken = Emitted((0, 7), L, L, 1)
    assert found(controls=frozenset({(0, 7)})) == []
    assert found(controls=frozenset({(0, 7)}), unique=[*GOOD.unique, taken]) == []
    twice = [*GOOD.unique, taken, Emitted((0, 7), L, L, 2)]
    assert found(controls=frozenset({(0, 7)}), unique=twice) == [
        "the takedown at (0, 7) is on unique 2 times"
    ]


def test_a_takedown_that_is_sighted_is_found() -> None:
    assert found(
        controls=frozenset({(0, 7)}), sightings=[*GOOD.sightings, Seen((0, 7), L, EXACT, L)]
    ) == ["group 2: a sighting of (0, 7), where it is not"]
