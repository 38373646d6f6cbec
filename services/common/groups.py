"""How far a consumer group has come: its committed offsets, and what is left before the end."""

from __future__ import annotations

from collections.abc import Sequence

import stamina
from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError as CoordinatorNotAvailableError
from aiokafka.errors import GroupLoadInProgressError as CoordinatorLoadInProgressError
from aiokafka.structs import OffsetAndMetadata

from services.common.clients import KafkaClients, close
from services.common.deadline import within
from services.common.reader import begin_offsets, end_offsets


async def committed_offsets(clients: KafkaClients, group: str, topic: str) -> dict[int, int]:
    """Give the group's committed offset of each partition that has one.

    Args:
        clients: makes the client that asks.
        group: the consumer group; one that never was has committed nothing.
        topic: its full name.

    Raises:
        Fatal: Kafka did not answer, or refused.
    """
    return {
        partition.partition: int(committed.offset)
        for partition, committed in (await _offsets(clients, group)).items()
        if partition.topic == topic and committed.offset >= 0
    }


async def committed_metadata(clients: KafkaClients, group: str, partition: TopicPartition) -> str:
    """Give what was committed beside the group's offset of a partition, or an empty text.

    Raises:
        Fatal: Kafka did not answer, or refused.
    """
    committed = (await _offsets(clients, group, [partition])).get(partition)
    return committed.metadata or "" if committed is not None else ""


async def _offsets(
    clients: KafkaClients, group: str, partitions: Sequence[TopicPartition] | None = None
) -> dict[TopicPartition, OffsetAndMetadata]:
    admin = await clients.started(clients.admin)

    # A broker that has just started makes the topic of the groups at the first question.
    @stamina.retry(on=(CoordinatorLoadInProgressError, CoordinatorNotAvailableError), timeout=20)
    async def ask() -> dict[TopicPartition, OffsetAndMetadata]:
        found: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(
            group, partitions=partitions
        )
        return found

    try:
        return await within(ask(), f"reading the offsets of {group}")
    finally:
        await close(admin)


async def lag(clients: KafkaClients, group: str, topic: str) -> dict[int, int]:
    """Give the offsets that the group has not passed, by partition; 0 when it has read all.

    An idle lane commits past the transaction markers, so a read partition reaches 0 about half a
    second after its last record. Where the group has committed nothing, all that is held counts.
    """
    committed = await committed_offsets(clients, group, topic)
    # Open transactions count in: a commit returns before its marker shows.
    ends = await end_offsets(clients, topic, isolation="read_uncommitted")
    begins = await begin_offsets(clients, topic)
    return {
        partition: max(0, end - committed.get(partition, begins[partition]))
        for partition, end in ends.items()
    }
