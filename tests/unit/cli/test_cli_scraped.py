"""Two looks at /metrics: rates and quantiles as Prometheus would give them."""

from __future__ import annotations

import pytest

from services.cli.scraped import Between, Scrape, parsed
from services.cli.top import _facts
from services.common.telemetry import Telemetry

LABELS = {"outcomes_total": ("new", "exact"), "written_total": (), "dead_letters_total": ()}


def looked(telemetry: Telemetry, at: float) -> Scrape:
    return parsed(telemetry.exposition().decode(), at=at)


@pytest.fixture
def telemetry() -> Telemetry:
    return Telemetry(LABELS)


def test_a_rate_is_what_was_counted_in_between(telemetry: Telemetry) -> None:
    telemetry.count("outcomes_total", 5, verdict="new")
    before = looked(telemetry, 10.0)
    telemetry.count("outcomes_total", 6, verdict="new")
    telemetry.count("outcomes_total", 2, verdict="exact")
    between = Between(before, looked(telemetry, 14.0))
    assert between.rate("outcomes_total", verdict="new") == 1.5
    assert between.rate("outcomes_total") == 2.0
    assert between.rate("no_such_total") == 0


def test_a_process_that_was_started_anew_counts_from_nothing(telemetry: Telemetry) -> None:
    telemetry.count("records_total", 100)
    before = looked(telemetry, 0.0)
    again = Telemetry(LABELS)
    again.count("records_total", 8)
    assert Between(before, looked(again, 2.0)).rate("records_total") == 4


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.75), (0.75, 1.0), (1.0, 2.5)])
def test_a_quantile_is_of_what_came_in_between(
    telemetry: Telemetry, share: float, expected: float
) -> None:
    telemetry.observe("end_to_end_seconds", 1_000.0)
    before = looked(telemetry, 0.0)
    for value in (0.7, 0.8, 0.6, 2.0):
        telemetry.observe("end_to_end_seconds", value)
    found = Between(before, looked(telemetry, 1.0)).quantile("end_to_end_seconds", share)
    # Three of four within (0.5, 1], one within (1, 2.5].
    assert found == pytest.approx(0.5 + 0.5 * min(share, 0.75) / 0.75 if share < 1 else expected)


def test_where_nothing_came_there_is_no_quantile(telemetry: Telemetry) -> None:
    before = looked(telemetry, 0.0)
    assert Between(before, looked(telemetry, 1.0)).quantile("end_to_end_seconds", 0.5) is None


def test_a_process_that_does_not_answer_is_shown_as_such(telemetry: Telemetry) -> None:
    telemetry.set("lag_records", 7, lane="0")
    telemetry.set("lag_records", 5, lane="1")
    now = looked(telemetry, 1.0)
    gone, there = _facts({"there": None}, {"gone": None, "there": now})
    assert gone == {"process": "gone", "answers": False}
    assert (there["answers"], there["lag"]) == (True, 12)
