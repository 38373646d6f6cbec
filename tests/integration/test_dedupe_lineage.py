"""A real index and the log drift apart: flushes undone, groups rewound, topics made anew."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
import redis.asyncio as redis

from services.common import reader
from services.common.admin import create_topics
from services.common.errors import Fatal
from services.common.kept import Kept
from services.common.records import Paper, Verdict
from services.common.settings import TopicSettings
from services.common.topics import DEAD_LETTER, PAPERS, SIGHTINGS, UNIQUE
from services.dedupe.app import index_of, lineage_context
from services.dedupe.claims import Claim, Owned, Report
from services.dedupe.signature import signed
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.dedupe_house import PATIENCE_SECONDS, House, papers, settings_for
from tests.invented import paper


@pytest.fixture
async def house(kafka: KafkaServer, server: ValkeyServer, topic_settings: TopicSettings) -> House:
    """Give a dedupe whose index is the test's own server."""
    house = House(settings_for(kafka, server.url, topic_settings))
    await create_topics(house.settings.kafka, house.settings.topics)
    return house


async def worked(house: House, count: int) -> None:
    """Have so many papers sighted, and the index told of it."""
    async with house.running():
        await house.feed(papers(count, distinct=count))
        await house.sighted(count)


async def test_a_flush_that_a_restart_undoes_doubles_nothing(
    house: House, server: ValkeyServer, tmp_path: Path
) -> None:
    before, raced = tmp_path / "before", paper("claimed before the flush")
    await worked(house, 40)
    await claimed_in_flight(house, raced, partition=0)
    await asyncio.to_thread(server.stop)
    shutil.copytree(server.data, before)
    await started(server)
    await flushed(server)
    async with house.running():
        await house.feed([raced], first=1)
        assert await house.sighted(41) == {"new": 41}
    await asyncio.to_thread(server.kill)
    shutil.rmtree(server.data)
    shutil.copytree(before, server.data)
    await started(server)
    async with house.running():
        await house.feed([raced])
        assert await house.sighted(42) == {"new": 41, "exact": 1}
        assert house.gauge("index_catch_up_records") == 41
    assert set((await house.uniques()).values()) == {1}


async def test_a_restart_of_the_server_keeps_its_lineage(
    house: House, server: ValkeyServer
) -> None:
    await worked(house, 40)
    lineage = await held(house)
    await asyncio.to_thread(server.stop)
    await started(server)
    async with house.running():
        await house.feed(papers(40, distinct=40))
        await house.sighted(80)
    assert await held(house) == lineage is not None


async def test_without_kafkas_lineage_all_is_read_again(house: House, server: ValkeyServer) -> None:
    await worked(house, 40)
    lineage = await held(house)
    async with Kept(lineage_context(house.settings, house.telemetry)) as kept:
        assert await kept.read() == lineage
        await kept.write("")
    await asyncio.to_thread(server.stop)
    await started(server)
    async with house.running():
        await house.feed(papers(40, distinct=40))
        assert await house.sighted(80) == {"new": 40, "exact": 40}
        assert house.gauge("index_catch_up_records") == 40
    assert await held(house) not in (None, lineage)


async def test_only_the_last_to_enter_writes_the_lineage_and_it_reads_what_was_written(
    house: House,
) -> None:
    context = lineage_context(house.settings, house.telemetry)
    written = ""
    for number in range(10):
        async with Kept(context) as kept:
            assert await kept.read() == written
            written = f"{number:016x}"
            await kept.write(written)
    async with Kept(context) as late, Kept(context) as kept:
        with pytest.raises(Fatal):
            await late.write("late")
        await kept.write("kept")
        assert await kept.read() == "kept"


@pytest.mark.parametrize("lost", ["nothing", "flushed", "restarted"])
async def test_a_rewound_group_emits_nothing_whatever_the_index_loses(
    house: House, server: ValkeyServer, lost: str
) -> None:
    await worked(house, 60)
    await house.rewind()
    if lost == "flushed":
        await flushed(server)
    if lost == "restarted":
        await asyncio.to_thread(server.kill)
        await started(server)
    async with house.running():
        assert await house.sighted(120) == {"new": 60, "exact": 60}
        assert house.gauge("index_catch_up_records") == 60


async def test_a_rewind_right_after_a_stop_in_good_order_is_known(house: House) -> None:
    stream = house.settings.stream.model_copy(update={"idle_seconds": 60.0})
    house.settings = house.settings.model_copy(update={"stream": stream})
    await worked(house, 60)
    await house.rewind()
    async with house.running():
        assert await house.sighted(120) == {"new": 60, "exact": 60}


async def test_a_rewind_that_the_index_was_not_told_of_is_safe_once_it_is_made_anew(
    house: House, server: ValkeyServer
) -> None:
    await worked(house, 60)
    prefix = f"headrace:{{{house.settings.dedupe.namespace}}}:"
    async with redis.Redis.from_url(server.url) as client:
        # As after kill -9 of the worker: its last commit was not reported.
        await client.delete(prefix + "committed")
        await client.delete(prefix + "mark", prefix + "lineage")
    await house.rewind()
    async with house.running():
        assert await house.sighted(120) == {"new": 60, "exact": 60}


async def test_a_new_namespace_reads_all_papers_again_and_emits_nothing(house: House) -> None:
    await worked(house, 60)
    section = house.settings.dedupe.model_copy(update={"namespace": "another"})
    house.settings = house.settings.model_copy(update={"dedupe": section})
    async with house.running():
        assert await house.sighted(120) == {"new": 60, "exact": 60}


async def test_unique_made_anew_is_filled_from_nothing(house: House, server: ValkeyServer) -> None:
    await worked(house, 60)
    await house.recreate(UNIQUE)
    await asyncio.to_thread(server.stop)
    await started(server)
    async with house.running():
        await house.feed(papers(60, distinct=60))
        assert await house.sighted(120) == {"new": 120}
    assert set((await house.uniques()).values()) == {1}


async def test_papers_made_anew_under_the_same_name_are_refused(house: House) -> None:
    await worked(house, 60)
    await house.recreate(PAPERS)
    async with house.running() as task:
        with pytest.raises(Fatal, match=r"no committed offset .* new names"):
            await asyncio.wait_for(asyncio.shield(task), PATIENCE_SECONDS)
    assert set((await house.uniques()).values()) == {1}


async def test_all_topics_made_anew_have_the_index_made_anew(house: House) -> None:
    await worked(house, 60)
    await house.recreate(PAPERS, UNIQUE, SIGHTINGS, DEAD_LETTER)
    await worked(house, 60)
    assert set((await house.uniques()).values()) == {1}
    assert len(await house.uniques()) == 60


async def claimed_in_flight(house: House, claimed: Paper, *, partition: int) -> None:
    """Claim a paper for the next record of a partition, as a lane that dies before it writes."""
    ends = await reader.end_offsets(house.clients, house.name(PAPERS))
    async with index_of(house.settings) as index:
        mark = await index.learn()
        assert mark is not None
        owned = Owned(claimed.wording_id, partition, ends[partition])
        claims = [Claim(owned, signature) for signature in signed([claimed])]
        (answer,) = await index.claim(mark, Report(partition, ends[partition], {}), claims)
        assert answer.verdict is Verdict.NEW


async def held(house: House) -> str | None:
    """Give the lineage of the index."""
    async with index_of(house.settings) as index:
        return await index.lineage()


async def started(server: ValkeyServer) -> None:
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_ready)


async def flushed(server: ValkeyServer) -> None:
    async with redis.Redis.from_url(server.url) as client:
        await client.flushall()
