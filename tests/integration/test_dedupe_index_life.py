"""The lifetimes of a real index: after a restart, from an older copy, and frozen."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from services.common.admin import create_topics
from services.common.settings import TopicSettings
from services.common.topics import SIGHTINGS
from services.dedupe.catch_up import Progress, usable
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.dedupe_house import House, papers, settings_for


@pytest.fixture
async def own_house(
    kafka: KafkaServer, server: ValkeyServer, topic_settings: TopicSettings
) -> House:
    """Give a dedupe whose index is the test's own server."""
    house = House(settings_for(kafka, server.url, topic_settings))
    await create_topics(house.settings.kafka, house.settings.topics)
    return house


async def restarted(server: ValkeyServer) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_ready)


async def test_after_a_crash_of_the_server_only_the_tail_is_read(
    own_house: House, server: ValkeyServer
) -> None:
    async with own_house.running():
        await own_house.feed(papers(400, distinct=400))
        await own_house.sighted(400)
        await own_house.idle()
    await restarted(server)
    async with own_house.running():
        await own_house.feed(papers(100, distinct=100))
        assert await own_house.sighted(500) == {"new": 400, "exact": 100}
        assert own_house.gauge("index_catch_up_records") == 0


async def test_an_older_copy_of_the_server_is_brought_up_to_date(
    own_house: House, server: ValkeyServer, tmp_path: Path
) -> None:
    older = tmp_path / "older"
    async with own_house.running():
        await own_house.feed(papers(200, distinct=200))
        await own_house.sighted(200)
        await own_house.idle()
        await asyncio.to_thread(server.stop)
        shutil.copytree(server.data, older)
        await asyncio.to_thread(server.start)
        await own_house.feed(papers(500, distinct=500))
        await own_house.sighted(700)
        await asyncio.to_thread(server.kill)
        shutil.rmtree(server.data)
        shutil.copytree(older, server.data)
        await asyncio.to_thread(server.start)
        await own_house.feed(papers(500, distinct=500))
        assert await own_house.sighted(1_200) == {"new": 500, "exact": 700}
        assert 300 <= own_house.gauge("index_catch_up_records") < 500
    assert set((await own_house.uniques()).values()) == {1}


async def test_a_frozen_server_is_waited_for(own_house: House, server: ValkeyServer) -> None:
    async with own_house.running():
        await own_house.feed(papers(100, distinct=100))
        await own_house.sighted(100)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        try:
            await own_house.feed(papers(200, distinct=150))
            async with asyncio.timeout(30):
                while not any("redis_unavailable" in why for why in own_house.not_ready()):
                    await asyncio.sleep(0.1)
            assert len(await own_house.read(SIGHTINGS)) == 100
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await own_house.sighted(300)
        assert own_house.gauge("waiting_seconds_total", reason="redis_unavailable") > 0
    assert set((await own_house.uniques()).values()) == {1}


async def test_a_rebuilt_topic_is_read_from_its_start() -> None:
    assert usable({0: 40, 1: 7}, {0: 12, 1: 9}) == {}
    assert usable({0: 12}, {0: 12, 1: 9}) == {0: 12}


async def test_progress_counts_what_is_left_in_offsets() -> None:
    progress = Progress({0: 5}, {0: 10, 1: 4})
    assert (progress.left, progress.records) == (9, 0)
    progress.add(())
    assert progress.left == 9
