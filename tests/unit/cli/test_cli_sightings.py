"""What is counted of sightings."""

from __future__ import annotations

import pytest

from services.cli.sightings import Tally
from services.cli.stats import as_dict
from services.common.records import Sighting, Verdict
from tests.invented import page


def sighting(paper: str, verdict: Verdict, source: str = "here") -> Sighting:
    return Sighting(
        paper_id=paper * 32,
        wording_id=paper * 32,
        verdict=verdict,
        similarity=1.0,
        page=page(source=source),
    )


def tally(*sightings: Sighting) -> Tally:
    made = Tally()
    for each in sightings:
        made.add(each)
    return made


def test_the_unseen_share_is_papers_sighted_once_by_sightings() -> None:
    found = tally(
        sighting("a", Verdict.NEW),
        sighting("b", Verdict.NEW),
        sighting("a", Verdict.EXACT),
        sighting("a", Verdict.NEAR),
    )
    assert (found.sightings, found.papers, found.singletons) == (4, 2, 1)
    assert found.unseen_share == 0.25


def test_copies_are_counted_where_they_were_listed() -> None:
    found = tally(
        sighting("a", Verdict.NEW),
        sighting("a", Verdict.EXACT, "there"),
        sighting("a", Verdict.REVISED, "there"),
        sighting("a", Verdict.NEAR, "there"),
    )
    assert {name: (one.sightings, one.copies) for name, one in found.sources.items()} == {
        "here": (1, 0),
        "there": (3, 2),
    }
    assert found.verdicts == {"new": 1, "exact": 1, "revised": 1, "near": 1}
    assert as_dict(found)["sources"]["there"]["copy_share"] == pytest.approx(2 / 3)


def test_without_sightings_nothing_is_estimated() -> None:
    assert as_dict(Tally())["unseen_share"] is None
