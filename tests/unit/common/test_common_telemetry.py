"""Every metric is there from the start, has its unit in its name, and counts what is committed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from services.common.metrics import METRICS, MOST_SOURCES, OF_PAGES, PREFIX, STEPS
from services.common.outcomes import Measure, Message, Outcome
from services.common.telemetry import Telemetry
from tests.invented import Record

LABELS = {
    "outcomes_total": ("new", "exact", "dead_letter"),
    "written_total": ("unique", "sightings", "dead-letter"),
    "dead_letters_total": ("not_a_record", "no_words"),
}
UNITS = ("_seconds", "_bytes", "_records", "_papers", "_ratio", "_total", "_info")
NO_UNIT = ("lanes", "ready", "effective_rank", "index_evicts")
SEEN = Message(topic="sightings", key=b"k", value=b"v")
NEW = Outcome(verdict="new", messages=(SEEN, Message(topic="unique", key=b"k", value=b"v")))
EXACT = Outcome(verdict="exact", messages=(SEEN,))
REFUSED = Outcome(
    verdict="dead_letter",
    messages=(Message(topic="dead-letter", key=None, value=b""),),
    rejected=("no_words",),
)


def samples(telemetry: Telemetry) -> dict[str, float]:
    """Give the samples of the exposition, ours alone, by name and labels."""
    return {
        sample.name.removeprefix(PREFIX) + "".join(f" {v}" for v in sample.labels.values()): (
            sample.value
        )
        for family in text_string_to_metric_families(telemetry.exposition().decode())
        for sample in family.samples
        if sample.name.startswith(PREFIX)
    }


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_has_a_help_sentence_and_few_labels(metric):
    assert re.fullmatch(r"[A-Z1].*\.", metric.help)
    assert len(metric.labels) <= 1 or metric.labels == OF_PAGES or metric.name == "build_info"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_ends_with_its_base_unit(metric):
    assert metric.name in NO_UNIT or metric.name.endswith(UNITS)
    assert (metric.kind == "counter") == metric.name.endswith("_total")


def test_names_and_buckets_are_in_order():
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert sorted(set(metric.buckets)) == list(metric.buckets)


def test_every_name_has_the_prefix_or_is_of_the_process():
    families = text_string_to_metric_families(Telemetry(LABELS).exposition().decode())
    ours = {
        family.name for family in families if not family.name.startswith(("process_", "python"))
    }
    assert ours == {PREFIX + metric.name.removesuffix("_total") for metric in METRICS}


def test_every_label_set_that_is_known_is_there_from_the_start():
    found = samples(Telemetry(LABELS))
    known = {metric.name: values for metric in METRICS for values in metric.labels.values()}
    for name, values in {**known, **LABELS}.items():
        for value in values:
            assert found.get(f"{name} {value}", found.get(f"{name}_count {value}")) == 0
    for metric in METRICS:
        if not metric.labels:
            assert found.get(metric.name, found.get(f"{metric.name}_count")) == 0


@given(st.lists(st.sampled_from([NEW, EXACT, REFUSED]), min_size=1, max_size=20))
def test_a_batch_is_counted_record_by_record(outcomes):
    telemetry = Telemetry(LABELS)
    telemetry.count_batch([Record(b"12345")] * len(outcomes), outcomes)
    found = samples(telemetry)
    count = {each.verdict: outcomes.count(each) for each in (NEW, EXACT, REFUSED)}
    assert found["records_total"] == found["end_to_end_seconds_count"] == len(outcomes)
    assert found["record_bytes_total"] == 5 * len(outcomes)
    assert found["batch_records_count"] == 1
    assert found["batch_records_sum"] == len(outcomes)
    for verdict, times in count.items():
        assert found[f"outcomes_total {verdict}"] == times
    assert found["written_total unique"] == count["new"]
    assert found["written_total sightings"] == count["new"] + count["exact"]
    assert found["dead_letters_total no_words"] == count["dead_letter"]


def measured(metric, value, *labels):
    return Outcome(verdict="new", measures=(Measure(metric=metric, value=value, labels=labels),))


def test_a_measure_is_counted_as_its_metric_is():
    telemetry = Telemetry(LABELS)
    outcomes = [
        measured("partial_pages_total", 1, "feed", "a"),
        measured("partial_pages_total", 0, "feed", "b"),
        measured("partial_pages_total", 1, "feed", "a"),
        measured("page_coverage_ratio", 0.5, "feed", "a"),
        measured("page_coverage_ratio", 0.75, "feed", "a"),
        measured("index_catch_up_left_records", 7),
    ]
    telemetry.count_batch([Record(b"")] * len(outcomes), outcomes)
    found = samples(telemetry)
    assert found["partial_pages_total feed a"] == 2
    # There from the first page on, so that its first rise is one.
    assert found["partial_pages_total feed b"] == 0
    assert found["page_coverage_ratio_sum feed a"] == 1.25
    assert found["page_coverage_ratio_count feed a"] == 2
    assert found["index_catch_up_left_records"] == 7


def test_sources_beyond_the_first_fifty_are_counted_together():
    telemetry = Telemetry(LABELS)
    outcomes = [measured("pages_total", 1, "feed", f"source {n}") for n in range(200)]
    telemetry.count_batch([Record(b"")] * 200, outcomes)
    telemetry.count_batch([Record(b"")] * 200, outcomes)
    found = samples(telemetry)
    pages = {name: value for name, value in found.items() if name.startswith("pages_total")}
    assert len(pages) == MOST_SOURCES + 1
    assert pages.pop("pages_total feed other") == 2 * (200 - MOST_SOURCES)
    assert set(pages.values()) == {2}


def test_end_to_end_begins_at_the_page_s_arrival_and_is_never_negative():
    telemetry = Telemetry(LABELS)
    before = Record(b"", timestamp=2**45, headers=(("headrace.entered", b"0"),))
    ahead = Record(b"", timestamp=2**45)
    telemetry.count_batch([before, ahead], [EXACT, EXACT])
    found = samples(telemetry)
    assert found["end_to_end_seconds_bucket 0.05"] == 1
    assert found["end_to_end_seconds_bucket 7200.0"] == 1
    assert found["end_to_end_seconds_bucket +Inf"] == 2


def test_a_step_is_timed_from_its_start_to_the_start_of_the_next():
    telemetry = Telemetry(LABELS)
    now = 0.0
    for step in STEPS:
        now = telemetry.since(step, now)
        assert samples(telemetry)[f"step_seconds_count {step}"] == 1


def test_the_lag_of_a_partition_that_went_away_is_forgotten():
    telemetry = Telemetry(LABELS)
    telemetry.set("lag_records", 5, lane="3")
    assert samples(telemetry)["lag_records 3"] == 5
    telemetry.forget("lag_records", "3")
    assert "lag_records 3" not in samples(telemetry)


def test_forgetting_the_lag_of_a_lane_that_told_none_is_no_error():
    Telemetry(LABELS).forget("lag_records", "3")


def test_a_step_that_takes_time_adds_to_its_sum(monkeypatch):
    telemetry = Telemetry(LABELS)
    monkeypatch.setattr("time.monotonic", lambda: 12.5)
    assert telemetry.since("commit", 10.0) == 12.5
    assert samples(telemetry)["step_seconds_sum commit"] == 2.5
