"""A service that refuses most of what it reads is stopped before the topic is drained."""

from __future__ import annotations

import pytest

from services.common.errors import Retryable
from services.common.outcomes import Outcome
from services.common.refusals import Refusals


def outcomes(good: int, refused: int) -> list[Outcome]:
    return [Outcome(verdict="new")] * good + [
        Outcome(verdict="dead_letter", rejected=("odd",))
    ] * refused


def test_a_few_refusals_stop_nothing() -> None:
    refusals = Refusals(100, now=lambda: 0.0)
    refusals.admit(outcomes(0, 100))
    refusals.check()


def test_many_refusals_among_more_that_succeed_stop_nothing() -> None:
    refusals = Refusals(100, now=lambda: 0.0)
    for _ in range(50):
        refusals.admit(outcomes(11, 10))
    refusals.check()


def test_refusals_of_long_ago_do_not_count() -> None:
    clock = [0.0]
    refusals = Refusals(100, now=lambda: clock[0])
    for _ in range(10):
        refusals.admit(outcomes(0, 90))
        clock[0] += 61
    refusals.check()


def test_too_many_stop_it_for_good() -> None:
    clock = [0.0]
    refusals = Refusals(100, now=lambda: clock[0])
    refusals.admit(outcomes(0, 60))
    with pytest.raises(Retryable, match="too_many_dead_letters"):
        refusals.admit(outcomes(0, 60))
    clock[0] += 3600
    with pytest.raises(Retryable, match="dead-letters list"):
        refusals.check()


def test_one_record_with_many_bad_items_is_one_refusal() -> None:
    refusals = Refusals(100, now=lambda: 0.0)
    refusals.admit([Outcome(verdict="read", rejected=("bad_item",) * 1_000)])
    refusals.check()


def test_without_a_bound_nothing_stops() -> None:
    refusals = Refusals(0, now=lambda: 0.0)
    refusals.admit(outcomes(0, 1_000_000))
    refusals.check()
