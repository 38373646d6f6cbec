"""Figures of a soak: the slope of memory, rates and latencies, from its samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from bench.soak.samples import Sample, latency

PAPERS = 100_000
WARM_UP = 0.2
"""Share of the papers after which memory is looked at: caches and pools are filled by then."""

MIB = 2**20
Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Slope:
    """How the memory of one process grew after the warm-up.

    Args:
        bytes: for each 100,000 papers, by least squares.
        first: mean bytes in the first tenth after the warm-up; ``last``: in the last tenth.
        most: bytes at most, the warm-up included.
    """

    bytes: float
    first: float
    last: float
    most: float


def slope(samples: Sequence[Sample], process: str) -> Slope:
    """Fit a line to the memory of a process, in its last life, over the papers through dedupe."""
    lives = samples[-1].restarts.get(process, 0)
    samples = [each for each in samples if each.restarts.get(process, 0) == lives]
    papers = np.array([each.papers for each in samples])
    memory = np.array([each.memory[process] for each in samples], dtype=float)
    warm = papers >= papers[0] + WARM_UP * (papers[-1] - papers[0])
    papers, late = papers[warm], memory[warm]
    tenth = max(1, len(late) // 10)
    grown, _ = np.polyfit(papers, late, 1)
    return Slope(
        bytes=float(grown) * PAPERS,
        first=float(late[:tenth].mean()),
        last=float(late[-tenth:].mean()),
        most=float(memory.max()),
    )


def windows(samples: Sequence[Sample], seconds: float) -> Iterator[tuple[Sample, Sample]]:
    """Yield the first and the last sample of each window of so many seconds."""
    before = samples[0]
    for after in samples[1:]:
        if after.at - before.at >= seconds:
            yield before, after
            before = after


def latencies(samples: Sequence[Sample], share: float, *, seconds: float = 10.0) -> Points:
    """Give the quantile of end-to-end seconds of each window in which papers were enriched."""
    found = [
        (after.at, latency(before, after, share)) for before, after in windows(samples, seconds)
    ]
    return [(at, value) for at, value in found if value is not None]


def rate(samples: Sequence[Sample]) -> float:
    """Give papers a second that dedupe committed between the first and the last sample."""
    first, last = samples[0], samples[-1]
    return (last.papers - first.papers) / (last.at - first.at)


def lags(samples: Sequence[Sample], stage: str, *, papers_a_page: int) -> Points:
    """Give the lag of a stage over time, in papers."""
    each = papers_a_page if stage == "ingest" else 1
    return [(sample.at, sample.lag[stage] * each) for sample in samples]


def thinned(points: Sequence[tuple[float, float]], count: int = 300) -> Points:
    """Give at most so many points: the means of equal parts."""
    size = max(1, -(-len(points) // count))
    parts = [points[at : at + size] for at in range(0, len(points), size)]
    return [(mean(x for x, _ in part), mean(y for _, y in part)) for part in parts]
