"""The metrics of a process, counted once, after the commit."""

from __future__ import annotations

import collections
import time
from collections.abc import Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from services.common.headers import entered_ms
from services.common.metrics import METRICS, MOST_SOURCES, OTHER, PREFIX, SOURCE, Metric
from services.common.outcomes import InputRecord, Measure, Outcome

_BY_NAME = {metric.name: metric for metric in METRICS}


class Telemetry:
    """The metrics of one process in a registry of its own."""

    def __init__(self, labels: Mapping[str, Sequence[str]] | None = None) -> None:
        """Register every metric and initialise its label sets.

        Args:
            labels: by metric, the values of a label that only the service knows.
        """
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._sources: set[str] = set()
        self._metrics = {metric.name: self._register(metric) for metric in METRICS}
        for metric in METRICS:
            for known in metric.labels.values():
                for value in (labels or {}).get(metric.name, known):
                    self._metrics[metric.name].labels(value)

    def _register(self, metric: Metric) -> Counter | Gauge | Histogram:
        name = PREFIX + metric.name
        if metric.kind == "histogram":
            return Histogram(
                name,
                metric.help,
                list(metric.labels),
                registry=self._registry,
                buckets=tuple(metric.buckets),
            )
        kind = Counter if metric.kind == "counter" else Gauge
        return kind(name, metric.help, list(metric.labels), registry=self._registry)

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        counter = self._child(name, labels)
        assert isinstance(counter, Counter)
        counter.inc(amount)

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation to a histogram."""
        histogram = self._child(name, labels)
        assert isinstance(histogram, Histogram)
        histogram.observe(value)

    def since(self, step: str, started: float) -> float:
        """Observe the seconds of a step that began at ``started``; give the time now."""
        now = time.monotonic()
        self.observe("step_seconds", now - started, step=step)
        return now

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        gauge = self._child(name, labels)
        assert isinstance(gauge, Gauge)
        gauge.set(value)

    def count_batch(self, records: Sequence[InputRecord], outcomes: Sequence[Outcome]) -> None:
        """Count what a committed transaction did, record by record."""
        now = time.time()
        self.count("records_total", len(records))
        self.count("record_bytes_total", sum(len(record.value or b"") for record in records))
        self.observe("batch_records", len(records))
        for record in records:
            self.observe("end_to_end_seconds", max(0.0, now - entered_ms(record) / 1000))
        messages = [message for outcome in outcomes for message in outcome.messages]
        reasons = [reason for outcome in outcomes for reason in outcome.rejected]
        self._tally("outcomes_total", "verdict", [outcome.verdict for outcome in outcomes])
        self._tally("written_total", "topic", [message.topic for message in messages])
        self._tally("dead_letters_total", "reason", reasons)

        for measure in (measure for outcome in outcomes for measure in outcome.measures):
            self._measure(measure)

    def _measure(self, measure: Measure) -> None:
        metric = _BY_NAME[measure.metric]
        labels = dict(zip(metric.labels, measure.labels, strict=True))
        if SOURCE in labels:
            labels[SOURCE] = self._known(labels[SOURCE])
        match metric.kind:
            case "counter":
                self.count(metric.name, measure.value, **labels)
            case "gauge":
                self.set(metric.name, measure.value, **labels)
            case "histogram":
                self.observe(metric.name, measure.value, **labels)

    def _known(self, source: str) -> str:
        if len(self._sources) < MOST_SOURCES:
            self._sources.add(source)
        return source if source in self._sources else OTHER

    def _tally(self, name: str, label: str, values: Sequence[str]) -> None:
        for value, amount in collections.Counter(values).items():
            self.count(name, amount, **{label: value})

    def forget(self, name: str, *labels: str) -> None:
        """Drop one label set, such as the lag of a partition that went to another worker."""
        self._metrics[name].remove(*labels)

    def exposition(self) -> bytes:
        """Give the metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    def _child(self, name: str, labels: Mapping[str, str]) -> Counter | Gauge | Histogram:
        metric = self._metrics[name]
        child: Counter | Gauge | Histogram = metric.labels(**labels) if labels else metric
        return child
