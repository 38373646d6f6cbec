"""What a group has committed, asked of a broker that has just come back."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest
from aiokafka import TopicPartition

from services.common import groups
from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.errors import Fatal
from services.common.settings import StreamSettings, TopicSettings
from services.common.topics import PAPERS
from services.local.kafka import KafkaServer

COMMITS = 4_000
"""Enough for the broker to need a moment to read them again."""

RESTARTS = 2
ASKING_SECONDS = 2.0


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_committed_offset_is_never_said_to_be_missing(own_kafka: KafkaServer) -> None:
    clients = KafkaClients(own_kafka.settings())
    topics = TopicSettings(prefix="groups")
    await create_topics(own_kafka.settings(), topics)
    partition = TopicPartition(topics.full_name(PAPERS), 0)
    group = f"group-{uuid.uuid4().hex}"
    await commit_often(clients, group, partition)
    for _ in range(RESTARTS):
        own_kafka.kill()
        own_kafka.start()
        await listening(own_kafka)
        until = time.monotonic() + ASKING_SECONDS
        while time.monotonic() < until:
            found = await groups.committed(clients, group, partition)
            assert found is not None
            assert (found.offset, found.metadata) == (COMMITS, "note")


async def commit_often(clients: KafkaClients, group: str, partition: TopicPartition) -> None:
    member = await clients.started(lambda: clients.member(group, StreamSettings()))
    member.assign([partition])
    for offset in range(1, COMMITS + 1):
        await member.commit({partition: (offset, "note")})
    await member.stop()


async def listening(server: KafkaServer) -> None:
    """Wait until somebody listens; that is before the broker has read what groups committed."""
    host, port = server.address.split(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.005)
        else:
            writer.close()
            return


async def test_a_group_that_never_was_has_committed_nothing(kafka: KafkaServer) -> None:
    clients = KafkaClients(kafka.settings())
    partition = TopicPartition("no-such-topic", 0)
    assert await groups.committed(clients, "no-such-group", partition) is None
    assert await groups.committed_offsets(clients, "no-such-group", "no-such-topic") == {}


async def test_a_broker_that_does_not_come_back_is_an_error(own_kafka: KafkaServer) -> None:
    settings = own_kafka.settings(start_timeout_seconds=1)
    own_kafka.kill()
    with pytest.raises(Fatal, match="no Kafka at"):
        await groups.committed(KafkaClients(settings), "group", TopicPartition("topic", 0))
