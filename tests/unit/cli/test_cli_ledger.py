from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import msgspec
import pytest

from services.cli.accounts import Entry, Input, Reach
from services.cli.books import Books
from services.cli.ledger import Ledger
from services.cli.ledger import ledger as drawn_up
from services.common.records import Verdict

RULE = "each page gave papers, one dead letter, or lists none"
GROUPS = {"pages": "g.ingest", "papers": "g.dedupe", "unique": "g.embed"}


def ledger(entries: Iterable[Entry], reaches: Sequence[Reach], *, since: int = 0) -> Ledger:
    with Books() as books:
        books.add(entries)
        return drawn_up(books, reaches, since=since)


def came_of(topic: str, offset: int) -> Input:
    return Input(GROUPS[topic], f"t.{topic}", 0, offset)


def entry(topic: str, offset: int, **facts: object) -> Entry:
    return Entry(topic=topic, place=f"t.{topic}/0/{offset}", partition=0, offset=offset, **facts)


def books() -> list[Entry]:
    """Three pages: two papers, one of them again, and a dead letter."""
    return [
        entry("pages", 0),
        entry("pages", 1),
        entry("pages", 2),
        entry("papers", 0, input=came_of("pages", 0), wording_id="a", papers_on_page=2),
        entry("papers", 1, input=came_of("pages", 0), wording_id="b", papers_on_page=2),
        entry("papers", 3, input=came_of("pages", 1), wording_id="a", papers_on_page=1),
        entry("dead-letter", 0, input=came_of("pages", 2)),
        entry("sightings", 0, input=came_of("papers", 0), paper_id="a", verdict=Verdict.NEW),
        entry("sightings", 1, input=came_of("papers", 1), paper_id="b", verdict=Verdict.NEW),
        entry("sightings", 2, input=came_of("papers", 3), paper_id="a", verdict=Verdict.EXACT),
        entry("unique", 0, input=came_of("papers", 0), wording_id="a", paper_id="a"),
        entry("unique", 1, input=came_of("papers", 1), wording_id="b", paper_id="b"),
        entry("enriched", 0, input=came_of("unique", 0), wording_id="a", paper_id="a"),
        entry("dead-letter", 1, input=came_of("unique", 1)),
    ]


def reach(stage: str, source: str, committed: int, begin: int = 0) -> Reach:
    return Reach(
        stage=stage,
        group=GROUPS[source],
        source=source,
        source_name=f"t.{source}",
        begins={0: begin},
        committed={0: committed},
        most={0: committed},
    )


REACHES = (reach("ingest", "pages", 3), reach("dedupe", "papers", 5), reach("embed", "unique", 3))


def off(found: Ledger) -> dict[str, list[str]]:
    """Give the places that are off, by rule."""
    return {
        check.rule: [f.place for f in check.findings] for check in found.checks if check.findings
    }


def without(topic: str, offset: int) -> list[Entry]:
    kept = [e for e in books() if (e.topic, e.offset) != (topic, offset)]
    assert len(kept) == len(books()) - 1
    return kept


def test_complete_books_agree():
    found = ledger(books(), REACHES)
    assert found.agrees
    assert found.records == {
        "pages": 3, "papers": 3, "unique": 2, "sightings": 3, "enriched": 1, "dead-letter": 2
    }  # fmt: skip
    assert found.verdicts == {"new": 2, "exact": 1}
    assert found.dead_letters == {"ingest": 1, "dedupe": 0, "embed": 1}
    assert found.waiting == {"ingest": 0, "dedupe": 0, "embed": 0}


@pytest.mark.parametrize(
    ("page", "letters", "agrees"),
    [
        ({"papers_on_page": 0}, [], True),
        ({"papers_on_page": 0, "bad_items": 2}, [True, True], True),
        ({"papers_on_page": 0, "bad_items": 2}, [True], False),
        ({"papers_on_page": 2}, [], False),
        ({"papers_on_page": 1, "bad_items": 1}, [True], False),
        ({}, [], False),
        ({}, [True], False),
        ({}, [False], True),
        ({}, [False, False], False),
        ({}, [True, False], False),
    ],
)
def test_a_page_without_papers_agrees_where_it_lists_none_when_it_is_read_again(
    page, letters, agrees
):
    more = [
        entry("pages", 3, **page),
        *(
            entry("dead-letter", 5 + at, input=came_of("pages", 3), is_item=item)
            for at, item in enumerate(letters)
        ),
    ]
    found = off(ledger([*books(), *more], (reach("ingest", "pages", 4), *REACHES[1:])))
    assert found == ({} if agrees else {RULE: ["t.pages/0/3"]})


@pytest.mark.parametrize(("is_item", "agrees"), [(True, True), (False, False)])
def test_a_page_with_papers_may_have_bad_items_and_no_dead_letter_of_its_own(is_item, agrees):
    letter = entry("dead-letter", 5, input=came_of("pages", 0), is_item=is_item)
    assert off(ledger([*books(), letter], REACHES)) == ({} if agrees else {RULE: ["t.pages/0/0"]})


def test_an_empty_stack_agrees():
    assert ledger([], (reach("ingest", "pages", 0), *REACHES[1:])).agrees


@pytest.mark.parametrize(
    ("topic", "offset", "rule", "place"),
    [
        (
            "dead-letter",
            0,
            RULE,
            "t.pages/0/2",
        ),
        ("papers", 1, "each page gave every paper that it lists", "t.pages/0/0"),
        ("sightings", 2, "each paper record gave one sighting or dead letter", "t.papers/0/3"),
        ("unique", 1, "each new or revised sighting is on unique", "t.papers/0/1"),
        ("unique", 1, "each sighting's paper is on unique", "t.sightings/0/1"),
        ("enriched", 0, "each unique paper gave one enriched or dead letter", "t.unique/0/0"),
        ("dead-letter", 1, "each unique paper gave one enriched or dead letter", "t.unique/0/1"),
        ("pages", 1, "each record came of one that was committed", "t.papers/0/3"),
    ],
)
def test_a_planted_loss_is_found_where_it_is(topic, offset, rule, place):
    assert place in off(ledger(without(topic, offset), REACHES))[rule]


@pytest.mark.parametrize(
    ("double", "rule", "place"),
    [
        (
            entry("papers", 4, input=came_of("pages", 1), wording_id="a", papers_on_page=1),
            "each page gave every paper that it lists",
            "t.pages/0/1",
        ),
        (
            entry("sightings", 9, input=came_of("papers", 3), paper_id="a", verdict=Verdict.EXACT),
            "each paper record gave one sighting or dead letter",
            "t.papers/0/3",
        ),
        (
            entry("unique", 9, input=came_of("papers", 3), wording_id="a", paper_id="a"),
            "each wording is on unique once",
            "t.unique/0/0",
        ),
        (
            entry("unique", 9, input=came_of("papers", 3), wording_id="z", paper_id="a"),
            "each new or revised sighting is on unique",
            "t.papers/0/3",
        ),
        (
            entry("enriched", 9, input=came_of("unique", 0), wording_id="a", paper_id="a"),
            "each revision is on enriched once",
            "t.enriched/0/0",
        ),
        (
            entry("dead-letter", 9, input=came_of("unique", 0)),
            "each unique paper gave one enriched or dead letter",
            "t.unique/0/0",
        ),
        (
            entry("dead-letter", 9, input=came_of("pages", 0)),
            RULE,
            "t.pages/0/0",
        ),
    ],
)
def test_a_planted_double_is_found_where_it_is(double, rule, place):
    assert place in off(ledger([*books(), double], REACHES))[rule]


@pytest.mark.parametrize(
    "sighting",
    [
        entry("sightings", 9, input=None, paper_id="z", verdict=Verdict.EXACT),
        entry("sightings", 9, input=came_of("papers", 3), paper_id="z", verdict=Verdict.EXACT),
        entry("sightings", 9, input=Input("other", "t", 0, 0), paper_id="z", verdict=Verdict.NEAR),
    ],
)
def test_a_sighting_of_a_paper_that_is_not_there_is_found(sighting):
    found = off(ledger([*books(), sighting], REACHES))
    assert found["each sighting's paper is on unique"] == ["t.sightings/0/9"]


def test_a_record_that_names_no_input_is_found():
    bare = entry("enriched", 9, wording_id="z", paper_id="z")
    found = off(ledger([*books(), bare], REACHES))
    assert found == {"each record came of one that was committed": ["t.enriched/0/9"]}


def test_a_record_that_came_of_an_uncommitted_one_is_found():
    ahead = entry("enriched", 9, input=came_of("unique", 7), paper_id="z")
    found = off(ledger([*books(), ahead], REACHES))
    assert found == {"each record came of one that was committed": ["t.enriched/0/9"]}


def test_what_is_not_committed_yet_waits_and_is_not_missed():
    more = [entry("pages", 3), entry("papers", 7, input=came_of("pages", 0), papers_on_page=3)]
    papers = [
        msgspec.structs.replace(e, papers_on_page=3) if e.input == came_of("pages", 0) else e
        for e in books()
    ]
    found = ledger([*papers, *more], REACHES)
    assert off(found) == {}
    assert found.waiting == {"ingest": 1, "dedupe": 1, "embed": 0}


def test_what_a_stage_wrote_after_its_offset_was_read_is_no_finding():
    late = entry("sightings", 9, input=came_of("papers", 7), paper_id="z", verdict=Verdict.NEW)
    going_on = dataclasses.replace(REACHES[1], most={0: 8})
    assert ledger([*books(), late], (REACHES[0], going_on, REACHES[2])).agrees


def test_outputs_of_an_expired_input_are_no_finding():
    expired = [e for e in books() if e.topic != "pages"]
    found = ledger(expired, (reach("ingest", "pages", 3, begin=3), *REACHES[1:]))
    assert found.agrees


def test_a_revision_that_compaction_removed_is_not_missed():
    revised = [
        entry("papers", 4, input=came_of("pages", 1), wording_id="c", papers_on_page=2),
        entry("sightings", 9, input=came_of("papers", 4), paper_id="a", verdict=Verdict.REVISED),
        entry("unique", 2, input=came_of("papers", 4), wording_id="c", paper_id="a", revision=1),
        entry("enriched", 5, input=came_of("unique", 2), paper_id="a", revision=1),
    ]
    kept = [
        msgspec.structs.replace(e, papers_on_page=2) if e.input == came_of("pages", 1) else e
        for e in without("enriched", 0)
    ]
    assert off(ledger([*kept, *revised], REACHES)) == {}


def test_records_of_another_group_are_left_to_it():
    other = entry("sightings", 9, input=Input("h.dedupe", "t.papers", 0, 0), paper_id="a")
    assert ledger([*books(), other], REACHES).agrees


def taken_down() -> list[Entry]:
    """The books, and then paper "a" is taken down: a blank on unique, a null on enriched."""
    return [
        *books(),
        entry("papers", 4, is_control=True, wording_id="a"),
        entry(
            "unique",
            2,
            input=came_of("papers", 4),
            wording_id="a",
            paper_id="a",
            revision=1,
            forgotten=True,
        ),
        entry("enriched", 3, input=came_of("unique", 2), paper_id="a", forgotten=True),
    ]


def test_books_of_a_takedown_agree():
    assert ledger(taken_down(), REACHES).agrees


def test_compaction_may_leave_nothing_of_a_paper_that_was_taken_down():
    left = [e for e in taken_down() if e.topic != "enriched"]
    assert ledger(left, REACHES).agrees


def test_a_takedown_that_came_too_late_has_no_effect():
    late = [*books(), entry("papers", 4, is_control=True, wording_id="a")]
    assert ledger(late, REACHES).agrees


def test_a_takedown_that_is_emitted_twice_is_found():
    blank = next(e for e in taken_down() if e.topic == "unique" and e.forgotten)
    double = msgspec.structs.replace(blank, place="t.unique/0/7", offset=7)
    found = off(ledger([*taken_down(), double], REACHES))
    assert found["each new or revised sighting is on unique"] == ["t.papers/0/4"]
    assert found["each wording is on unique once"] == ["t.unique/0/2"]


def test_a_takedown_that_is_sighted_is_found():
    sighted = entry(
        "sightings", 3, input=came_of("papers", 4), paper_id="a", verdict=Verdict.REVISED
    )
    found = off(ledger([*taken_down(), sighted], REACHES))
    assert found["each paper record gave one sighting or dead letter"] == ["t.papers/0/4"]


def test_a_vector_that_is_left_of_a_paper_that_was_taken_down_is_found():
    left = [e for e in taken_down() if not (e.topic == "enriched" and e.forgotten)]
    assert off(ledger(left, REACHES)) == {
        "no paper that was taken down is on enriched": ["t.enriched/0/0"]
    }


def test_a_tampered_owner_is_found():
    tampered = [
        msgspec.structs.replace(e, is_tampered=True) if (e.topic, e.offset) == ("unique", 1) else e
        for e in books()
    ]
    assert off(ledger(tampered, REACHES)) == {
        "each unique paper is owned by the record that it came of": ["t.unique/0/1"]
    }


def test_inputs_from_before_a_moment_are_not_compared():
    lost = [
        msgspec.structs.replace(e, timestamp=2_000 if e.offset else 1_000)
        for e in without("enriched", 0)
    ]
    assert off(ledger(lost, REACHES, since=1_000)) != {}
    assert off(ledger(lost, REACHES, since=1_001)) == {}


def test_findings_beyond_a_thousand_are_counted():
    papers = [entry("papers", at, input=came_of("pages", 0)) for at in range(1_500)]
    waiting = (REACHES[0], reach("dedupe", "papers", 1_500), REACHES[2])
    found = ledger(papers, waiting)
    (check,) = [c for c in found.checks if c.rule.startswith("each paper record")]
    assert (check.off, len(check.findings), check.expected, check.found) == (1_500, 1_000, 1_500, 0)
