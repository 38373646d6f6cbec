"""A source's papers are counted by the hour of its pages, each page once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest import quota as module
from services.ingest.quota import HOUR_MS, Quota

NOON = 500_000 * HOUR_MS


def take(quota, source, papers, offset, *, partition=0, timestamp=NOON):
    """Give None where the page is taken, else what is left."""
    return quota.take(source, papers, partition=partition, offset=offset, timestamp=timestamp)


def test_a_source_may_give_its_papers_and_no_more():
    quota = Quota(10)
    assert take(quota, "a", 6, 0) is None
    assert take(quota, "a", 5, 1) == 4
    assert take(quota, "a", 4, 2) is None
    assert take(quota, "a", 1, 3) == 0


def test_a_page_without_papers_always_goes_through():
    quota = Quota(1)
    assert take(quota, "a", 1, 0) is None
    assert take(quota, "a", 0, 1) is None


def test_sources_and_hours_are_counted_apart():
    quota = Quota(5)
    for offset, (source, hours) in enumerate([("a", 0), ("b", 0), ("a", 1), ("a", -1)]):
        assert take(quota, source, 5, offset, timestamp=NOON + hours * HOUR_MS) is None
    assert take(quota, "a", 1, 9, timestamp=NOON + HOUR_MS - 1) == 0


def test_lanes_count_together_and_undo_apart():
    quota = Quota(10)
    quota.begin(0, 0)
    assert take(quota, "a", 4, 0) is None
    quota.begin(1, 0)
    assert take(quota, "a", 6, 0, partition=1) is None
    quota.begin(0, 0)
    assert take(quota, "a", 5, 0) == 4
    assert take(quota, "a", 4, 0) is None


PAGES = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 6)), min_size=1, max_size=12)


@given(PAGES, st.lists(st.integers(0, 11), max_size=6))
def test_a_replay_from_anywhere_that_is_not_committed_counts_alike(pages, replays):
    once, again = Quota(10), Quota(10)
    expected = [take(once, source, papers, at) for at, (source, papers) in enumerate(pages)]
    found = [None] * len(pages)
    committed = 0
    for start in [0, *sorted(at for at in replays if at < len(pages))]:
        committed = max(committed, start)
        again.begin(0, committed)
        for at in range(committed, len(pages)):
            source, papers = pages[at]
            found[at] = take(again, source, papers, at)
    assert found == expected


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST_HOURS", 3)
    quota = Quota(5)
    for offset, source in enumerate("abc"):
        assert take(quota, source, 4, offset) is None
    assert take(quota, "a", 1, 3) is None
    assert take(quota, "d", 4, 4) is None
    # The one that was used longest ago made room.
    assert take(quota, "a", 1, 5) == 0
    assert take(quota, "b", 5, 6) is None
    assert len(quota._used) == 3


@pytest.mark.parametrize("timestamp", [0, -1, 2**63 - 1])
def test_whatever_time_a_page_has_it_is_counted(timestamp):
    quota = Quota(1)
    assert take(quota, "a", 1, 0, timestamp=timestamp) is None
    assert take(quota, "a", 1, 1, timestamp=timestamp) == 0
