"""What a campaign is made of, without any server."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from services.local.valkey import ValkeyServer
from tests.faults.arrivals import Arrivals
from tests.faults.history import History, Moment
from tests.faults.recovery import Look
from tests.faults.schedule import (
    BROKER_KILLED,
    INDEX_LOST,
    LONG,
    RACE_LONG,
    RACE_SHORT,
    RECOVERY,
    SHORT,
    WRITES_SECONDS,
    GroupFeed,
    Plan,
    schedule,
)
from tests.faults.supervisor import End, unexpected


@pytest.mark.parametrize("plan", [SHORT, LONG, RECOVERY, RACE_SHORT, RACE_LONG])
def test_a_seed_gives_the_same_faults_and_as_many_as_planned(plan: Plan) -> None:
    faults = schedule(plan, 7)
    assert faults == schedule(plan, 7)
    assert faults != schedule(plan, 8)
    assert Counter(fault.kind for fault in faults) == Counter(plan.faults)


@pytest.mark.parametrize("plan", [SHORT, LONG, RECOVERY, RACE_SHORT, RACE_LONG])
def test_the_services_write_between_a_brokers_death_and_the_next_loss_of_the_index(
    plan: Plan,
) -> None:
    for seed in range(50):
        is_open, before = False, None
        for fault in schedule(plan, seed):
            if is_open and fault.kind in INDEX_LOST:
                assert before is not None
                assert before.settles
                assert fault.pause > WRITES_SECONDS
                is_open = False
            is_open, before = is_open or fault.kind in BROKER_KILLED, fault


def test_a_seed_gives_the_same_records_and_lists_each_of_them_once() -> None:
    listed = []
    for seed in (7, 7, 8):
        arrivals = Arrivals(seed)
        listed.append([paper for _ in range(100) for paper in arrivals.next()])
        at_once = len(listed[-1])
        listed[-1] += arrivals.rest()
        fed = Counter(paper for group in arrivals.groups for paper in group.records)
        assert Counter(listed[-1]) == fed
        assert 0.6 < at_once / fed.total() < 0.85
    assert listed[0] == listed[1]
    assert listed[0] != listed[2]


async def test_what_is_listed_comes_at_the_rate_of_the_feed_and_ends_with_the_rest() -> None:
    arrivals = Arrivals(7)
    fed = [
        paper
        async for papers in arrivals.paced(GroupFeed(30, 1_000), lambda: True)
        for paper in papers
    ]
    assert len(arrivals.groups) >= 30
    assert Counter(fed) == Counter(paper for group in arrivals.groups for paper in group.records)


def test_the_tail_of_the_newest_append_only_file_is_cut_to_what_it_was(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", 1)
    folder = server.data / "appendonlydir"
    folder.mkdir(parents=True)
    older, newest = (folder / f"appendonly.aof.{n}.incr.aof" for n in (9, 10))
    older.write_bytes(b"x" * 1000)
    newest.write_bytes(b"x" * 1000)
    history = History(server, tmp_path)
    history._moments.extend(Moment(0.0, newest, size) for size in (300, 400))
    said = history.cut(2.0, random.Random(1))
    assert older.stat().st_size == 1000
    assert 400 - 60 < newest.stat().st_size <= 400
    assert said.startswith(f"{1000 - newest.stat().st_size} of 1000 bytes lost")


def test_a_stage_has_recovered_when_every_partition_has_moved() -> None:
    first = Look(1.0, {"dedupe": {0: 5, 1: 7}})
    assert not Look(2.0, {"dedupe": {0: 6, 1: 7}}).is_beyond(first, "dedupe", 2)
    assert Look(2.0, {"dedupe": {0: 6, 1: 8}}).is_beyond(first, "dedupe", 2)


def test_an_end_that_no_fault_explains_is_found() -> None:
    ends = [End("ingest-1", -9, ""), End("embed-2", 75, "fenced"), End("dedupe-1", 69, "no Kafka")]
    assert unexpected(ends, kills=1) == []
    assert unexpected(ends, kills=0) == ["1 workers were killed, 0 of them by the campaign"]
    for status in (0, 70, 78, -11):
        strange = [*ends, End("dedupe-1", status, "why")]
        assert unexpected(strange, kills=1) == [f"dedupe-1 ended with {status}: why"]
