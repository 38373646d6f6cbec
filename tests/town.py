"""A Kafka that lets nobody do more than docs/security.md says, and the services on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.common import reader
from services.common.clients import KafkaClients
from services.common.host import Service
from services.common.outcomes import InputRecord
from services.common.settings import STACK_OWNER, KafkaSettings, StreamSettings, TopicSettings
from services.common.stream import Stream
from services.common.telemetry import Telemetry
from services.common.topics import Topic
from services.dedupe.app import service as dedupe
from services.dedupe.settings import DedupeSection, DedupeSettings, RedisSettings
from services.embed.app import service as embed
from services.embed.settings import EmbedSection, EmbedSettings
from services.ingest.app import service as ingest
from services.ingest.settings import IngestSection, IngestSettings
from services.local import access
from services.local.rights import Grant
from services.local.secure_kafka import SecureKafka
from tests import documented, servers

SERVICES = ("ingest", "dedupe", "embed")
ROOT = Path(__file__).parents[1]


def grants() -> Iterator[tuple[str, Grant]]:
    """Yield what the page grants, and to whom."""
    for user, resource, pattern, name, operations in documented.table("service"):
        for operation in operations.split(", "):
            yield user, Grant(resource, pattern, name, operation)


GRANTS = list(grants())
CAPACITY = 1_000


@dataclass(frozen=True)
class Town:
    """Topics, groups and an index of one test's own; ``login`` gives the settings of a user."""

    name: str
    secure: SecureKafka
    redis: RedisSettings
    login: Callable[[str], KafkaSettings]

    @property
    def topics(self) -> TopicSettings:
        return TopicSettings(prefix=self.name)

    def kafka(self, user: str) -> KafkaSettings:
        return self.login(user).model_copy(update={"group_prefix": self.name})

    def here(self, grant: Grant) -> Grant:
        """Give the grant by the names of this town."""
        _, dot, rest = grant.name.partition(".")
        name = self.name + dot + rest.replace("dedupe.main", f"dedupe.{self.name}")
        return Grant(grant.resource, grant.pattern, name, grant.operation)

    async def allow(self, found: Iterable[tuple[str, Grant]]) -> None:
        await access.allow(self.secure, [(user, self.here(grant)) for user, grant in found])

    def service(self, name: str) -> Service:
        common: dict[str, Any] = {
            "kafka": self.kafka(name),
            "topics": self.topics,
            "stream": StreamSettings(poll_seconds=0.05, idle_seconds=0.1),
        }
        if name == "ingest":
            return ingest(IngestSettings(**common, ingest=IngestSection(parsers=1)))
        if name == "embed":
            return embed(EmbedSettings(**common, embed=EmbedSection(encoder="fake")))
        section = DedupeSection(namespace=self.name, capacity=CAPACITY)
        return dedupe(DedupeSettings(**common, redis=self.redis, dedupe=section))

    def headrace(self, user: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user."""
        environment = {
            **os.environ,
            **servers.variables(self.kafka(user)),
            "HEADRACE_TOPICS__PREFIX": self.name,
            "HEADRACE_DEDUPE__NAMESPACE": self.name,
            "HEADRACE_DEDUPE__CAPACITY": str(CAPACITY),
            "HEADRACE_REDIS__URL": self.redis.url,
            "HEADRACE_STATE_DIR": str(self.secure.data / "state"),
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    async def feed(self, user: str, topic: Topic, *values: bytes) -> None:
        clients = KafkaClients(self.kafka(user))
        producer = await clients.started(clients.producer)
        for value in values:
            await producer.send_and_wait(self.topics.full_name(topic), value, key=b"key")
        await producer.stop()

    async def records(self, topic: Topic) -> list[InputRecord]:
        clients = KafkaClients(self.secure.by_certificate(STACK_OWNER))
        name = self.topics.full_name(topic)
        return [record async for some in reader.read(clients, name) for record in some]


@contextlib.asynccontextmanager
async def running(description: Service) -> AsyncIterator[asyncio.Task[None]]:
    """Run a service inside the test."""
    telemetry = Telemetry()
    async with description.open(telemetry) as sessions:
        stream = Stream(
            description.route, sessions, settings=description.settings, telemetry=telemetry
        )
        task = asyncio.create_task(stream.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])
            await stream.stop()
