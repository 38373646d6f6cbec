"""What a service's /metrics say, at two moments: counts become rates, buckets become quantiles."""

from __future__ import annotations

import http.client
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from services.common.metrics import PREFIX

ANSWER_SECONDS = 2.0
BOUND = "le"

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scrape:
    """All series of one process at one moment, by name without the prefix, and labels."""

    at: float
    series: Mapping[str, Mapping[Labels, float]] = field(default_factory=dict)

    def total(self, name: str, **labels: str) -> float:
        """Give the sum of a metric's series that have these labels; 0 for none."""
        wanted = labels.items()
        return sum(
            value for found, value in self.series.get(name, {}).items() if wanted <= set(found)
        )

    def by(self, name: str, label: str) -> dict[str, float]:
        """Give a metric's sums by the value of a label."""
        sums: dict[str, float] = {}
        for labels, value in self.series.get(name, {}).items():
            key = dict(labels).get(label, "")
            sums[key] = sums.get(key, 0.0) + value
        return sums


@dataclass(frozen=True, slots=True)
class Between:
    """Two scrapes of one process, the earlier first."""

    before: Scrape
    after: Scrape

    def rate(self, name: str, **labels: str) -> float:
        """Give how much a counter grew a second; a process that was started anew counts from 0."""
        grown = self.after.total(name, **labels) - self.before.total(name, **labels)
        if grown < 0:
            grown = self.after.total(name, **labels)
        return grown / max(self.after.at - self.before.at, 1e-3)

    def quantile(self, name: str, share: float) -> float | None:
        """Give a histogram's quantile of what came in between; None where nothing did.

        Straight lines within a bucket, as Prometheus draws them; the last bound for what is beyond.
        """
        before, after = (
            {float(bound): count for bound, count in each.by(f"{name}_bucket", BOUND).items()}
            for each in (self.before, self.after)
        )
        counts = [(bound, after[bound] - before.get(bound, 0.0)) for bound in sorted(after)]
        if not counts or counts[-1][1] <= 0:
            return None
        wanted, low, below = share * counts[-1][1], 0.0, 0.0
        for bound, count in counts:
            if count >= wanted:
                if math.isinf(bound):
                    return low
                return low + (bound - low) * (wanted - below) / max(count - below, 1e-9)
            low, below = bound, count
        return low


def scrape(address: str) -> Scrape | None:
    """Ask a service for its metrics; None where it does not answer."""
    connection = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/metrics")
        return parsed(connection.getresponse().read().decode(), at=time.monotonic())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def parsed(text: str, *, at: float) -> Scrape:
    """Read an exposition.

    Raises:
        ValueError: it is none.
    """
    series: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith(PREFIX):
                labels = frozenset(sample.labels.items())
                series.setdefault(sample.name.removeprefix(PREFIX), {})[labels] = sample.value
    return Scrape(at, series)
