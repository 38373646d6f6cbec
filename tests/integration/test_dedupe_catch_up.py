"""A catch-up that takes long is seen: on the page of readiness, in the log and in the metrics."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import redis.asyncio as redis
from structlog.testing import capture_logs

from services.common.admin import create_topics
from services.common.host import Host
from services.common.settings import TopicSettings
from services.common.topics import UNIQUE
from services.dedupe import catch_up
from services.dedupe.app import service
from services.local.kafka import KafkaServer
from tests.dedupe_house import PATIENCE_SECONDS, House, papers, settings_for

COUNT = 400


@pytest.fixture
async def house(kafka: KafkaServer, redis_url: str, topic_settings: TopicSettings) -> House:
    house = House(settings_for(kafka, redis_url, topic_settings))
    await create_topics(house.settings.kafka, house.settings.topics)
    return house


@contextlib.asynccontextmanager
async def held_up(house: House) -> AsyncIterator[None]:
    """Keep a transaction open on ``unique``, for which a catch-up has to wait."""
    producer = await house.clients.started(lambda: house.clients.producer("a slow one"))
    await producer.begin_transaction()
    await producer.send_and_wait(house.name(UNIQUE), b"{}", key=b"k", partition=0)
    try:
        yield
    finally:
        await producer.abort_transaction()
        await producer.stop()


async def test_a_catch_up_in_progress_is_visible_and_not_ready(
    house: House, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "CHECKPOINT_RECORDS", 100)
    async with house.running():
        await house.feed(papers(COUNT, distinct=COUNT))
        await house.sighted(COUNT)
    async with redis.Redis.from_url(redis_url) as client:
        await client.flushall()
    host = Host(service(house.settings), house.telemetry)
    with capture_logs() as logs:
        async with held_up(house), house.running():
            host._stream = house.stream
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not any(f"{COUNT} records read" in why for why in house.not_ready()):
                    await asyncio.sleep(0.05)
            body, status = host.ready()
            assert (status, body["ready"]) == (503, False)
            assert len(body["reasons"]) == 4
            assert all("index_catching_up" in reason for reason in body["reasons"])
            assert host.alive()[1] == 200
            assert house.gauge("ready") == 0
            assert house.gauge("index_catch_up_records") == COUNT
            assert house.gauge("index_catch_up_left_records") > 0
            assert house.gauge("waiting_seconds_total", reason="index_catching_up") > 0
    steps = [entry["how_far"] for entry in logs if entry["event"] == "index_catching_up"]
    assert len(steps) >= 2
    assert all("records read" in step and "offsets left" in step for step in steps)


async def test_a_catch_up_that_is_over_leaves_nothing_to_see(house: House, redis_url: str) -> None:
    with capture_logs() as logs:
        async with house.running():
            await house.feed(papers(8, distinct=8))
            await house.sighted(8)
            assert house.not_ready() == ()
            assert house.gauge("index_catch_up_left_records") == 0
    assert [entry["event"] for entry in logs if entry["event"].startswith("index_")] == [
        "index_begun_anew",
        "index_caught_up",
    ]
