"""The index on a primary with a replica, which a Sentinel promotes when the primary is gone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

import pytest
import redis.asyncio as redis

from services.common.admin import create_topics
from services.common.errors import Retryable, Stale
from services.common.settings import TopicSettings
from services.dedupe.claims import Claim, Owned, Report
from services.dedupe.index import RedisIndex, open_index
from services.dedupe.settings import DedupeSection, RedisSettings
from services.local.kafka import KafkaServer
from tests.dedupe_house import House, papers, settings_for
from tests.failover import SERVICE, Trio, running_trio, until

A, B = "a" * 32, "b" * 32
UNLIKE = bytes(134)
"""A signature under which nothing is found."""


@pytest.fixture
async def trio(tmp_path: Path, new_port: Callable[[], int]) -> AsyncIterator[Trio]:
    async with running_trio(tmp_path, new_port) as trio:
        yield trio


@pytest.fixture
async def index(trio: Trio) -> AsyncIterator[RedisIndex]:
    section = DedupeSection(capacity=1_000)
    async with open_index(trio.settings, section, binding="tests") as index:
        yield index


@pytest.fixture
async def house(kafka: KafkaServer, trio: Trio, topic_settings: TopicSettings) -> House:
    """Give a dedupe whose index is found by the Sentinel."""
    settings = settings_for(kafka, trio.primary.url, topic_settings)
    house = House(settings.model_copy(update={"redis": trio.settings}))
    await create_topics(house.settings.kafka, house.settings.topics)
    return house


async def caught_up(index: RedisIndex) -> str:
    """Give the mark of an index with nothing to catch up."""
    lock = await index.lock()
    assert lock is not None
    await index.restore(lock, (), done=True)
    mark = await index.learn()
    assert mark is not None
    return mark


async def claim(index: RedisIndex, mark: str, wording_id: str, offset: int) -> str:
    claims = [Claim(Owned(wording_id, 0, offset), UNLIKE)]
    (answer,) = await index.claim(mark, Report(0, 0, {}), claims)
    return answer.verdict.value


async def test_a_mark_of_the_old_primary_is_stale_on_the_promoted_replica(
    trio: Trio, index: RedisIndex
) -> None:
    mark = await caught_up(index)
    assert await claim(index, mark, A, 0) == "new"
    await until(lambda: replicated(trio, "r*"))
    await trio.fail_over()
    # What the replica has of the index, it has with the mark.
    assert await trio.on_replica.keys("*:mark")
    assert await index.learn() is None
    with pytest.raises(Stale):
        await claim(index, mark, B, 1)
    assert await claim(index, await caught_up(index), A, 1) == "exact"


@pytest.mark.parametrize("how", ["coordinated", "guarded"])
async def test_a_failover_on_command_leaves_no_primary_that_takes_claims_behind(
    trio: Trio, index: RedisIndex, how: str
) -> None:
    mark = await caught_up(index)
    assert await claim(index, mark, A, 0) == "new"
    await until(lambda: replicated(trio, "r*"))
    if how == "guarded":
        async with redis.Redis.from_url(trio.primary.url) as client:
            await client.config_set("min-replicas-to-write", 1)
        await trio.on_sentinel.execute_command("SENTINEL", "FAILOVER", SERVICE)
    else:
        await trio.on_sentinel.execute_command("SENTINEL", "FAILOVER", SERVICE, "COORDINATED")
    await until(trio.is_promoted)
    await until(lambda: is_stale(index, mark))
    assert await claim(index, await caught_up(index), A, 1) == "exact"


async def is_stale(index: RedisIndex, mark: str) -> bool:
    """Tell whether a claim says so; false where it could not be made."""
    try:
        await claim(index, mark, B, 1)
    except Stale:
        return True
    except Retryable:
        return False
    raise AssertionError("claimed under the old mark")


async def replicated(trio: Trio, names: str) -> bool:
    return bool(await trio.on_replica.keys("*:" + names))


@pytest.mark.parametrize("lags", [False, True], ids=["in step", "behind"])
async def test_a_failover_while_records_flow_loses_and_doubles_nothing(
    house: House, trio: Trio, lags: bool
) -> None:
    async with house.running():
        await house.feed(papers(400, distinct=150))
        await house.sighted(400)
        if lags:
            await trio.cut_off()
        await house.feed(papers(400, distinct=300))
        await house.sighted(800)
        if lags:
            assert await known(trio.on_replica) < 300
        else:
            await until(lambda: knows_all(trio.on_replica, 300))
        await house.feed(papers(400, distinct=350))
        await trio.fail_over()
        await house.feed(papers(400, distinct=400))
        verdicts = await house.sighted(1_600)
        # It is back with all that it had, and says that it is a primary.
        await asyncio.to_thread(trio.primary.start)
        await asyncio.to_thread(trio.primary.wait_ready)
        await house.feed(papers(450, distinct=450))
        verdicts = await house.sighted(2_050)
    assert verdicts == {"new": 450, "exact": 1_600}
    assert set((await house.uniques()).values()) == {1}


async def known(client: redis.Redis) -> int:
    """Give how many papers the index on a server has."""
    (counts,) = await client.keys("*:counts")
    # A cast: the client's answer depends on an option of its connection.
    return int(cast("bytes", await client.hget(counts, "papers")))


async def knows_all(client: redis.Redis, papers: int) -> bool:
    return await known(client) == papers


async def test_a_primary_without_its_replica_takes_no_claim_where_it_is_told_so(
    trio: Trio, index: RedisIndex
) -> None:
    mark = await caught_up(index)
    async with redis.Redis.from_url(trio.primary.url) as client:
        await client.config_set("min-replicas-max-lag", 1)
        await client.config_set("min-replicas-to-write", 1)
        assert await claim(index, mark, A, 0) == "new"
        await asyncio.to_thread(trio.replica.kill)
        offsets = itertools.count(1)
        await until(lambda: refused(index, mark, next(offsets)))
        await client.config_set("min-replicas-to-write", 0)
    assert await claim(index, mark, B, 1) == "new"


async def refused(index: RedisIndex, mark: str, offset: int) -> bool:
    try:
        await index.claim(mark, Report(1, offset, {}), ())
    except Retryable as error:
        return error.reason == "redis_unavailable"
    return False


async def test_two_primaries_at_once_both_call_a_paper_new(trio: Trio, index: RedisIndex) -> None:
    mark = await caught_up(index)
    await until(lambda: replicated(trio, "mark"))
    await trio.on_replica.replicaof("NO", "ONE")
    second = RedisSettings(url=trio.replica.url)
    async with open_index(second, DedupeSection(capacity=1_000), binding="tests") as other:
        assert await other.learn() is None
        assert await claim(other, await caught_up(other), A, 0) == "new"
    # No mark protects from that: each server is right about itself (docs/dedupe.md).
    assert await claim(index, mark, A, 1) == "new"
