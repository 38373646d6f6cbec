"""The command against a real Kafka, with topics and groups of a test's own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import pytest
import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from click.testing import Result
from typer.testing import CliRunner

from services.cli.cluster import Cluster, Stage, enter
from services.cli.main import app
from services.common import logs
from services.common.admin import create_topics
from services.common.settings import TopicSettings
from services.local.kafka import KafkaServer
from tests import servers

KEY = b"any: compacted topics want one"

Sent = tuple[str, bytes, list[tuple[str, bytes]]]
"""A record: the short name of its topic, its value and its headers."""


class World:
    """A Kafka with empty topics, and the command to try on it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.stages = {stage.name: stage for stage in cluster.stages()}
        self.producers: list[AIOKafkaProducer] = []

    async def run(self, *args: str, stdin: bytes | None = None) -> Result:
        """Run the command; its own event loop is in another thread."""
        return await asyncio.to_thread(CliRunner().invoke, app, args, input=stdin)

    async def run_json(self, *args: str) -> Any:
        """Run the command, which must succeed, and give its JSON."""
        result = await self.run(*args, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    async def write(self, *records: Sent) -> None:
        """Write records to partition 0 of their topics."""
        producer = self.cluster.clients.producer()
        await producer.start()
        try:
            for topic, value, headers in records:
                name = self.cluster.full_name(topic)
                await producer.send_and_wait(name, value, key=KEY, partition=0, headers=headers)
        finally:
            await producer.stop()

    async def work(
        self, stage: str, offsets: Mapping[int, int], records: Sequence[Sent] = (), end: str = ""
    ) -> Callable[[], Any] | None:
        """Write records and commit offsets in one transaction, as a stage does.

        Args:
            stage: its name.
            offsets: what it commits of its source, by partition.
            records: what it writes.
            end: ``open`` leaves the transaction open and gives what commits it.
        """
        source: Stage = self.stages[stage]
        producer = self.cluster.clients.producer(f"{source.group}.test")
        self.producers.append(producer)
        await producer.start()
        await producer.begin_transaction()
        for topic, value, headers in records:
            name = self.cluster.full_name(topic)
            await producer.send_and_wait(name, value, key=KEY, partition=0, headers=headers)

        async def commit() -> None:
            name = self.cluster.full_name(source.source)
            found = {TopicPartition(name, number): offset for number, offset in offsets.items()}
            await producer.send_offsets_to_transaction(found, source.group)
            await producer.commit_transaction()

        if end == "open":
            return commit
        await commit()
        return None


@pytest.fixture
async def world(
    kafka: KafkaServer,
    topic_settings: TopicSettings,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    settings = kafka.settings(group_prefix=topic_settings.prefix)
    for name, value in servers.variables(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEADRACE_TOPICS__PREFIX", topic_settings.prefix)
    monkeypatch.setenv("HEADRACE_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    # It would log to the standard error of one run of the command, which is closed after it.
    monkeypatch.setattr(logs, "configure", lambda _: None)
    # A service that runs inside the test would log into the output of a command that runs then.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    cluster = enter(None)
    await create_topics(cluster.settings.kafka, cluster.settings.topics)
    made = World(cluster)
    yield made
    for producer in made.producers:
        await producer.stop()
    structlog.reset_defaults()
