"""The figures of a soak are those of its samples."""

from __future__ import annotations

import pytest

from bench.soak import figures
from bench.soak.samples import Grown, Sample
from services.cli.scraped import Scrape, parsed
from services.common.telemetry import Telemetry

MIB = figures.MIB


def sample(
    at: float, papers: float, memory: float, scrape: Scrape | None = None, *, restarts: int = 0
) -> Sample:
    return Sample(
        at=at,
        memory={"dedupe": int(memory)},
        restarts={"dedupe": restarts},
        lag={"ingest": 3, "dedupe": 50, "embed": 0},
        papers=papers,
        enriched=papers,
        latency=scrape or Scrape(at),
    )


def test_the_slope_is_that_of_memory_after_the_warm_up() -> None:
    warming = [sample(at, at * 1_000, at * 10 * MIB) for at in range(20)]
    later = [sample(at, at * 1_000, 200 * MIB + (at - 20) * 1_024) for at in range(20, 101)]
    found = figures.slope([*warming, *later], "dedupe")
    assert found.bytes == pytest.approx(100 * 1_024, rel=1e-3)
    assert (found.first, found.last) == pytest.approx((200 * MIB, 200 * MIB), rel=1e-3)
    assert found.most == 200 * MIB + 80 * 1_024


def test_flat_memory_has_no_slope() -> None:
    assert figures.slope([sample(at, at, MIB) for at in range(50)], "dedupe").bytes == (
        pytest.approx(0, abs=1e-6)
    )


def test_latency_is_that_of_each_window_and_none_where_nothing_came() -> None:
    telemetry, samples = Telemetry(), []
    for at in range(0, 40, 5):
        if at in (5, 25):
            telemetry.observe("end_to_end_seconds", 0.07 if at == 5 else 3.0)
        samples.append(sample(at, 0, 0, parsed(telemetry.exposition().decode(), at=at)))
    first, second = figures.latencies(samples, 0.5)
    assert (first[0], second[0]) == (10, 30)
    assert 0.05 < first[1] < 0.1
    assert 2.5 < second[1] < 5


def test_lag_of_ingest_is_told_in_papers() -> None:
    one = [sample(7.0, 0, 0)]
    assert figures.lags(one, "ingest", papers_a_page=20) == [(7.0, 60.0)]
    assert figures.lags(one, "dedupe", papers_a_page=20) == [(7.0, 50.0)]


def test_thinned_points_keep_their_means() -> None:
    points = [(float(at), float(at % 2)) for at in range(1_000)]
    found = figures.thinned(points, 100)
    assert len(found) == 100
    assert {y for _, y in found} == {0.5}
    assert figures.thinned(points[:5], 100) == points[:5]


def test_the_slope_is_that_of_the_last_life() -> None:
    first = [sample(at, at, 500 * MIB) for at in range(50)]
    second = [sample(at, at, 100 * MIB, restarts=1) for at in range(50, 100)]
    found = figures.slope([*first, *second], "dedupe")
    assert (found.bytes, found.most) == (pytest.approx(0, abs=1e-3), 100 * MIB)


def test_a_count_goes_on_over_restarts() -> None:
    grown = Grown()
    assert [grown.total("a", count) for count in (5, 9, 2, 2, 4, 1)] == [5, 9, 11, 11, 13, 14]
    assert grown.total("b", 3) == 3
