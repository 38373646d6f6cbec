"""One dedupe with topics and an index namespace of its own, run inside the test."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from aiokafka import TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from services.common import reader
from services.common.admin import create_topics
from services.common.clients import KafkaClients, close
from services.common.codec import decode, encode
from services.common.metrics import PREFIX
from services.common.records import Paper, Sighting
from services.common.settings import StreamSettings, TopicSettings
from services.common.stream import Stream
from services.common.telemetry import Telemetry
from services.common.topics import PAPERS, SIGHTINGS, UNIQUE, Topic
from services.dedupe.app import service
from services.dedupe.settings import (
    DedupeSection,
    DedupeSettings,
    RedisSettings,
    dedupe_group,
)
from services.local.kafka import KafkaServer
from tests.invented import paper

PATIENCE_SECONDS = 60


@dataclass
class House:
    """One dedupe with topics and a namespace of its own, and what a test does around it."""

    settings: DedupeSettings
    telemetry: Telemetry = field(default_factory=Telemetry)
    stream: Stream | None = None

    @property
    def clients(self) -> KafkaClients:
        return KafkaClients(self.settings.kafka)

    def name(self, topic: Topic) -> str:
        return self.settings.topics.full_name(topic)

    async def feed(self, papers: Sequence[Paper], *, first: int = 0) -> None:
        """Put papers on all partitions in turn, so that duplicates race between lanes."""
        producer = await self.clients.started(self.clients.producer)
        sent = [
            await producer.send(self.name(PAPERS), encode(one), partition=at % 4)
            for at, one in enumerate(papers, first)
        ]
        await asyncio.gather(*sent)
        await producer.stop()

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

    async def idle(self) -> None:
        """Wait until every lane has told the index what it committed."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.stream is None or self.stream.health().lag:
                await asyncio.sleep(0.05)
        await asyncio.sleep(4 * self.settings.stream.idle_seconds)

    async def rewind(self) -> None:
        """Set the group back to the start of ``papers``, as an operator does."""
        consumer = self.clients.member(dedupe_group(self.settings), self.settings.stream)
        await consumer.start()
        partitions = [TopicPartition(self.name(PAPERS), number) for number in range(4)]
        consumer.assign(partitions)
        await consumer.commit(dict.fromkeys(partitions, 0))
        await consumer.stop()

    async def recreate(self, *topics: Topic) -> None:
        """Delete topics, and make them again under their names."""
        admin = await self.clients.started(self.clients.admin)
        await admin.delete_topics([self.name(topic) for topic in topics])
        await close(admin)
        names = {topic.name for topic in topics}
        async with asyncio.timeout(PATIENCE_SECONDS):
            made: set[str] = set()
            while made != names:
                made |= set(await create_topics(self.settings.kafka, self.settings.topics))
                await asyncio.sleep(0.1)

    def not_ready(self) -> tuple[str, ...]:
        assert self.stream is not None
        return self.stream.health().not_ready

    def gauge(self, name: str, **labels: str) -> float:
        """Give the value of one metric."""
        families = text_string_to_metric_families(self.telemetry.exposition().decode())
        return next(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == PREFIX + name and sample.labels == labels
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run the service, with metrics of its own."""
        description, self.telemetry = service(self.settings), Telemetry()
        async with description.open(self.telemetry) as sessions:
            stream = self.stream = Stream(
                description.route, sessions, settings=self.settings, telemetry=self.telemetry
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
        kafka=kafka.settings(group_prefix=topics.prefix),
        topics=topics,
        stream=StreamSettings(poll_seconds=0.05, idle_seconds=0.1, batch_records=200),
        redis=RedisSettings(url=url, timeout_seconds=1.0),
        dedupe=DedupeSection(namespace=uuid.uuid4().hex, capacity=10_000),
    )


def papers(count: int, *, distinct: int) -> list[Paper]:
    return [paper(number % distinct, words=20) for number in range(count)]
