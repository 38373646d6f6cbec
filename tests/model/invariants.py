"""What must hold in every world."""

from __future__ import annotations

from tests.model.broker import emitted, passed
from tests.model.scenario import ASTRAY, DOUBLE, INDEX, LOST, Scenario
from tests.model.server import valid_mark
from tests.model.world import World


def broken(world: World, scenario: Scenario) -> str | None:
    """Name the promise that is broken, or give None.

    *double*: two committed records of ``unique`` have one wording, or two that are alike. *lost*:
    every lane has committed all its records, and a wording has none, nor was passed as a near copy
    of one that has, though no copy of it was given up. *index*: one that may be claimed in
    disagrees with the log; asked only where it is expected to agree, or to be what breaks:
    elsewhere it would hide what comes of it. *astray*: a record was passed as a copy of a paper
    that never comes, itself or another; asked only where it is expected.
    """
    wordings = [entry.wording for entry in emitted(world.kafka)]
    out = set(wordings)
    if len(out) < len(wordings) or any(out.issuperset(pair) for pair in scenario.alike):
        return DOUBLE
    if passed(world.kafka) == scenario.ends:
        given_up = {scenario.papers[lane][offset] for lane, offset in world.kafka.crashed}
        if scenario.wordings - given_up - out - _covered(world, scenario, out):
            return LOST
        if scenario.breaks == ASTRAY and any(paper not in out for _, paper in world.kafka.sighted):
            return ASTRAY
    asked = scenario.breaks in (None, INDEX) and valid_mark(world)
    return INDEX if asked and _disagrees(world) else None


def _covered(world: World, scenario: Scenario, out: set[int]) -> set[int]:
    """Give the wordings that were passed as near copies of one that is out and like them."""
    return {
        wording
        for wording, paper in world.kafka.sighted
        if paper in out and paper in scenario.alike_to(wording)
    }


def _disagrees(world: World) -> bool:
    """Say whether a record has another owner in the index, or an owner passed has no record."""
    out = {entry.wording: entry.owner for entry in emitted(world.kafka)}
    if any(world.index.owners[wording][:2] != owner for wording, owner in out.items()):
        return True
    positions = passed(world.kafka)
    return any(
        owner
        and owner[1] < positions[owner[0]]
        and (owner[3] if len(owner) > 3 else wording) not in out
        for wording, owner in enumerate(world.index.owners)
    )
