"""Visits every world of a scenario, breadth first, so that the first trace found is a shortest."""

from __future__ import annotations

import time
from array import array
from collections.abc import Hashable
from dataclasses import dataclass

from tests.model.environment import Environment
from tests.model.invariants import broken
from tests.model.scenario import STUCK, Scenario
from tests.model.world import World


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a scenario; ``breaks`` is None where everything holds."""

    scenario: Scenario
    breaks: str | None
    trace: tuple[str, ...]
    states: int
    transitions: int
    seconds: float

    @property
    def expected(self) -> bool:
        return self.breaks == self.scenario.breaks


def check(scenario: Scenario) -> Result:
    """Search until something is broken or everything was seen; ``seconds`` are the CPU's."""
    started, search = time.process_time(), _Search(scenario)
    breaks, at = search.run()
    return Result(
        scenario=scenario,
        breaks=breaks,
        trace=search.trace(at) if breaks else (),
        states=len(search.known),
        transitions=search.transitions,
        seconds=time.process_time() - started,
    )


class _Search:
    def __init__(self, scenario: Scenario) -> None:
        self.known: dict[tuple[int, ...], int] = {}
        self.transitions = 0
        self._scenario = scenario
        self._environment = Environment(scenario)
        self._parts: dict[Hashable, int] = {}
        self._parents = array("q")
        self._sources, self._targets = array("q"), array("q")

    def run(self) -> tuple[str | None, int]:
        """Give what is broken, and the number of the world where it is."""
        first = self._environment.first()
        self._number(first)
        self._parents.append(-1)
        front = [(0, first)]
        while front:
            reached: list[tuple[int, World]] = []
            for number, world in front:
                if (found := self._visit(number, world, reached)) is not None:
                    return found
            front = reached
        endless = self._endless()
        return (None, -1) if endless is None else (STUCK, endless)

    def trace(self, number: int) -> tuple[str, ...]:
        """Give the moves that lead to a world."""
        path = []
        while number > 0:
            path.append(number)
            number = self._parents[number]
        world, labels = self._environment.first(), []
        for number in reversed(path):
            moves = self._environment.moves(world)
            move = next(move for move in moves if self._number(move.world) == number)
            labels.append(move.label)
            world = move.world
        return tuple(labels)

    def _visit(
        self, number: int, world: World, reached: list[tuple[int, World]]
    ) -> tuple[str, int] | None:
        goes_on = False
        for move in self._environment.moves(world):
            self.transitions += 1
            target = self._number(move.world)
            if not move.fault:
                goes_on = True
                self._sources.append(number)
                self._targets.append(target)
            if target == len(self._parents):
                self._parents.append(number)
                reached.append((target, move.world))
                if move.world[:2] != world[:2] and (breaks := broken(move.world, self._scenario)):
                    return breaks, target
        return None if goes_on or self._environment.done(world) else (STUCK, number)

    def _number(self, world: World) -> int:
        """Give the number of a world.

        It is known by the numbers of its parts: exact, and small, since few parts make many worlds.
        """
        parts = self._parts
        key = tuple([parts.setdefault(part, len(parts)) for part in world])
        return self.known.setdefault(key, len(self.known))

    def _endless(self) -> int | None:
        """Give a world from which steps that are no faults could go on for ever.

        Where there is no circle of such steps, and no end but the good one, all is committed in the
        end, whoever is scheduled when.
        """
        count = len(self._parents)
        left, begins = array("q", bytes(8 * count)), array("q", bytes(8 * (count + 1)))
        for source, target in zip(self._sources, self._targets, strict=True):
            left[source] += 1
            begins[target + 1] += 1
        for number in range(count):
            begins[number + 1] += begins[number]
        reverse, fill = array("q", bytes(8 * len(self._sources))), begins[:]
        for source, target in zip(self._sources, self._targets, strict=True):
            reverse[fill[target]] = source
            fill[target] += 1
        ended = [number for number in range(count) if not left[number]]
        for number in ended:
            for source in reverse[begins[number] : begins[number + 1]]:
                left[source] -= 1
                if not left[source]:
                    ended.append(source)
        return next((number for number in range(count) if left[number]), None)
