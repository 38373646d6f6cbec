"""The pure parts of ``headrace index``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.index_rebuild import estimate
from services.cli.index_stats import Reach, bucket, memory, reaches
from services.cli.index_verify import MOST_FINDINGS, RUNS, Comparison, runs
from services.dedupe.survey import Buckets, Counts, Sample, Server

SERVER = Server(used_bytes=1, most_bytes=0, evicts=False, flat_entries=None)


def buckets(*sizes: int, flat: bytes = b"listpack") -> Buckets:
    made = Buckets()
    for size in sizes:
        made.add(size, 100 * size, flat)
    return made


def test_a_sample_gives_mean_and_most_of_what_was_looked_at() -> None:
    found = bucket(buckets(2, 7, 3))
    assert (found.sampled, found.entries_mean, found.entries_most, found.flat_share) == (3, 4, 7, 1)
    assert bucket(buckets(600, flat=b"hashtable")).flat_share == 0
    assert bucket(Buckets()).entries_mean == 0


def test_bytes_a_paper_count_its_keys_and_its_other_wordings_in() -> None:
    sample = Sample(records=buckets(4), keys=buckets(6), whole=True)
    found = memory(Counts(papers=2, aliases=2, revisions=0), sample, SERVER)
    assert (found.wording_bytes, found.paper_bytes) == (250, 500)


def test_an_empty_index_has_no_bytes_a_paper() -> None:
    found = memory(Counts(0, 0, 0), Sample(Buckets(), Buckets(), whole=True), SERVER)
    assert found.paper_bytes is found.wording_bytes is None


def test_reaches_bring_both_sides_together() -> None:
    assert reaches({0: 5, 2: 9}, {0: 6, 1: 3}) == (
        Reach(0, 5, 6),
        Reach(1, None, 3),
        Reach(2, 9, None),
    )
    assert [each.left for each in reaches({0: 5, 2: 9}, {0: 6, 1: 3})] == [1, 3, 0]


@given(
    sizes=st.dictionaries(st.integers(0, 5), st.integers(0, 3_000), min_size=1),
    begin=st.integers(0, 50),
    sample=st.integers(1, 5_000),
    high=st.booleans(),
)
def test_runs_lie_apart_within_the_topic_and_reach_its_end(
    sizes: dict[int, int], begin: int, sample: int, high: bool
) -> None:
    begins = dict.fromkeys(sizes, begin)
    ends = {at: begin + size for at, size in sizes.items()}
    chosen = runs(begins, ends, sample, draw=lambda below: below - 1 if high else 0)
    for at in sizes:
        reached = begin
        for starts, stops in chosen:
            assert reached <= starts[at] <= stops[at] <= ends[at]
            reached = stops[at]
        assert reached == ends[at]
    taken = sum(stops[at] - starts[at] for starts, stops in chosen for at in sizes)
    total = sum(sizes.values())
    assert min(sample, total) <= taken <= sample + RUNS * len(sizes)


@pytest.mark.parametrize(
    ("offsets", "told"), [(0, "1 s"), (25_000, "2 s"), (1_000_000, "100 s"), (10**7, "17 minutes")]
)
def test_an_estimate_is_told_in_seconds_or_minutes(offsets: int, told: str) -> None:
    assert estimate(offsets) == told


def test_findings_are_all_counted_and_not_all_kept() -> None:
    found = Comparison()
    assert found.agrees
    for number in range(MOST_FINDINGS + 5):
        found.add(f"t/0/{number}", "differs")
    assert not found.agrees
    assert (found.differences, len(found.findings)) == (MOST_FINDINGS + 5, MOST_FINDINGS)
