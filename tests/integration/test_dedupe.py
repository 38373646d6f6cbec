"""Dedupe on real Kafka and a real index: through losses, outages and a rewound group."""

from __future__ import annotations

import asyncio

import pytest
import redis.asyncio as redis

from services.common import reader
from services.common.admin import create_topics
from services.common.errors import Fatal
from services.common.outcomes import header
from services.common.settings import TopicSettings
from services.common.topics import DEAD_LETTER, PAPERS, SIGHTINGS, UNIQUE
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.dedupe_house import PATIENCE_SECONDS, House, papers, settings_for


@pytest.fixture
async def house(kafka: KafkaServer, redis_url: str, topic_settings: TopicSettings) -> House:
    settings = settings_for(kafka, redis_url, topic_settings)
    await create_topics(settings.kafka, settings.topics)
    return House(settings)


async def test_every_wording_is_unique_once_however_its_copies_race(house: House) -> None:
    async with house.running():
        await house.feed(papers(1_000, distinct=700))
        verdicts = await house.sighted(1_000)
    assert verdicts == {"new": 700, "exact": 300}
    assert set((await house.uniques()).values()) == {1}


async def test_a_restart_goes_on_where_it_stopped(house: House) -> None:
    for total in (300, 600):
        async with house.running():
            await house.feed(papers(300, distinct=200))
            await house.sighted(total)
    assert len(await house.uniques()) == 200
    assert set((await house.uniques()).values()) == {1}


async def test_an_index_lost_while_records_flow_doubles_nothing(
    house: House, redis_url: str
) -> None:
    async with house.running(), redis.Redis.from_url(redis_url) as client:
        for total in (400, 800, 1_200):
            await house.feed(papers(400, distinct=150))
            await client.flushall()
            verdicts = await house.sighted(total)
    assert verdicts["new"] == 150
    assert set((await house.uniques()).values()) == {1}


async def test_a_cold_start_knows_what_the_log_knows(house: House, redis_url: str) -> None:
    async with house.running():
        await house.feed(papers(300, distinct=300))
        await house.sighted(300)
    async with redis.Redis.from_url(redis_url) as client:
        await client.flushall()
    async with house.running():
        await house.feed(papers(300, distinct=300))
        assert await house.sighted(600) == {"new": 300, "exact": 300}


async def test_a_rewound_group_sights_again_and_emits_nothing(house: House) -> None:
    async with house.running():
        await house.feed(papers(100, distinct=100))
        await house.sighted(100)
        await house.idle()
    await house.rewind()
    async with house.running():
        assert await house.sighted(200) == {"new": 100, "exact": 100}


async def test_a_record_that_is_no_paper_is_a_dead_letter_and_the_rest_goes_on(
    house: House,
) -> None:
    producer = await house.clients.started(house.clients.producer)
    await producer.send_and_wait(house.name(PAPERS), b"\x00 no paper", key=b"k", partition=0)
    await producer.stop()
    async with house.running():
        await house.feed(papers(20, distinct=20))
        await house.sighted(20)
    letters = [
        record
        async for records in reader.read(house.clients, house.name(DEAD_LETTER))
        for record in records
    ]
    assert [(letter.key, letter.value) for letter in letters] == [(b"k", b"\x00 no paper")]
    assert header(letters[0], "headrace.reason") == b"not_a_record"
    assert header(letters[0], "__connect.errors.offset") == b"0"


async def test_an_index_that_is_away_is_waited_for(
    kafka: KafkaServer, server: ValkeyServer, topic_settings: TopicSettings
) -> None:
    house = House(settings_for(kafka, server.url, topic_settings))
    await create_topics(house.settings.kafka, house.settings.topics)
    await asyncio.to_thread(server.stop)
    async with house.running():
        await house.feed(papers(100, distinct=60))
        await asyncio.sleep(1.0)
        assert await house.read(SIGHTINGS) == []
        await asyncio.to_thread(server.start)
        await house.sighted(100)
        await asyncio.to_thread(server.kill)
        await house.feed(papers(100, distinct=60))
        await asyncio.to_thread(server.start)
        assert await house.sighted(200) == {"new": 60, "exact": 140}
    assert set((await house.uniques()).values()) == {1}


async def test_a_stranger_on_unique_stops_the_catch_up(house: House) -> None:
    producer = await house.clients.started(house.clients.producer)
    await producer.send_and_wait(house.name(UNIQUE), b"{}", key=b"stranger", partition=0)
    await producer.stop()
    async with house.running() as task:
        with pytest.raises(Fatal, match=r"nothing but dedupe may write"):
            await asyncio.wait_for(asyncio.shield(task), PATIENCE_SECONDS)
