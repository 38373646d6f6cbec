"""The model of the dedupe protocol does what each of its quick scenarios says."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tests.model.checker import check
from tests.model.mechanisms import Mechanisms
from tests.model.scenario import Scenario
from tests.model.scenarios import HOLDS, LIMITS, REMOVED


def quick(scenarios: tuple[Scenario, ...]) -> list[object]:
    return [pytest.param(s, id=s.name.replace(" ", "-")) for s in scenarios if not s.slow]


@pytest.mark.parametrize("scenario", quick(HOLDS))
def test_what_is_built_holds(scenario: Scenario) -> None:
    result = check(scenario)
    assert result.breaks is None, "\n".join(result.trace)


@pytest.mark.parametrize("scenario", quick(REMOVED))
def test_what_a_mechanism_is_for_breaks_without_it(scenario: Scenario) -> None:
    result = check(scenario)
    assert result.breaks == scenario.breaks, "\n".join(result.trace)
    print(*result.trace, sep="\n")


@pytest.mark.parametrize("scenario", quick(LIMITS))
def test_what_is_not_promised_is_known(scenario: Scenario) -> None:
    result = check(scenario)
    assert result.breaks == scenario.breaks, "\n".join(result.trace)


def test_every_mechanism_is_removed_once() -> None:
    removed = [scenario.without for scenario in REMOVED]
    assert sorted(removed) == sorted(mechanism.name for mechanism in fields(Mechanisms))
