"""Dedupe on real Kafka and a real index: through losses, outages and a rewound group."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import pytest
import redis.asyncio as redis
from aiokafka import TopicPartition

from services.common import reader
from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.codec import decode, encode
from services.common.errors import Fatal
from services.common.outcomes import header
from services.common.records import Paper, Sighting
from services.common.settings import KafkaSettings, StreamSettings, TopicSettings
from services.common.stream import Stream
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, PAPERS, SIGHTINGS, UNIQUE, Topic
from services.dedupe.app import service
from services.dedupe.settings import DedupeSection, DedupeSettings, RedisSettings, dedupe_group
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.invented import paper

PATIENCE_SECONDS = 60


@dataclass
class House:
    """One dedupe with topics and a namespace of its own, and what a test does around it."""

    settings: DedupeSettings
    produced: Counter[str] = field(default_factory=Counter)

    @property
    def clients(self) -> KafkaClients:
        return KafkaClients(self.settings.kafka)

    def name(self, topic: Topic) -> str:
        return self.settings.topics.full_name(topic)

    async def feed(self, papers: Sequence[Paper], *, spread: int = 4) -> None:
        """Put papers on all partitions in turn, so that duplicates race between lanes."""
        producer = await self.clients.started(self.clients.producer)
        sent = [
            await producer.send(self.name(PAPERS), encode(one), partition=at % spread)
            for at, one in enumerate(papers)
        ]
        await asyncio.gather(*sent)
        await producer.stop()
        self.produced.update(one.wording_id for one in papers)

    async def read(self, topic: Topic) -> list[bytes]:
        values: list[bytes] = []
        async for records in reader.read(self.clients, self.name(topic)):
            values += [record.value or b"" for record in records]
        return values

    async def uniques(self) -> Counter[str]:
        return Counter(decode(value, Paper).wording_id for value in await self.read(UNIQUE))

    async def sighted(self, count: int) -> Counter[str]:
        """Wait for so many sightings, and give them by verdict."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(values := await self.read(SIGHTINGS)) < count:
                await asyncio.sleep(0.1)
        assert len(values) == count
        return Counter(decode(value, Sighting).verdict.value for value in values)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        description, telemetry = service(self.settings), Telemetry()
        async with description.open(telemetry) as sessions:
            stream = Stream(
                description.route, sessions, settings=self.settings, telemetry=telemetry
            )
            task = asyncio.create_task(stream.run())
            try:
                yield task
            finally:
                task.cancel()
                await asyncio.wait([task])
                await stream.stop()


def settings_for(kafka: KafkaServer, url: str, topics: TopicSettings) -> DedupeSettings:
    return DedupeSettings(
        kafka=KafkaSettings(bootstrap_servers=kafka.address, group_prefix=topics.prefix),
        topics=topics,
        stream=StreamSettings(poll_seconds=0.05, idle_seconds=0.1, batch_records=200),
        redis=RedisSettings(url=url, timeout_seconds=1.0),
        dedupe=DedupeSection(namespace=uuid.uuid4().hex, capacity=10_000),
    )


@pytest.fixture
async def house(kafka: KafkaServer, redis_url: str, topic_settings: TopicSettings) -> House:
    settings = settings_for(kafka, redis_url, topic_settings)
    await create_topics(settings.kafka, settings.topics)
    return House(settings)


@pytest.fixture
async def server(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> AsyncIterator[ValkeyServer]:
    """Give a Valkey of the test's own, which it may end."""
    server = ValkeyServer(tmp_path_factory.mktemp("own-valkey"), new_port())
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_ready)
    yield server
    await asyncio.to_thread(server.stop)


def papers(count: int, *, distinct: int) -> list[Paper]:
    return [paper(number % distinct, words=20) for number in range(count)]


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
    consumer = house.clients.member(dedupe_group(house.settings), house.settings.stream)
    await consumer.start()
    partitions = [TopicPartition(house.name(PAPERS), number) for number in range(4)]
    consumer.assign(partitions)
    await consumer.commit(dict.fromkeys(partitions, 0))
    await consumer.stop()
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
