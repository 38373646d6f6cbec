"""A topic read by hand, from where to where the caller says, without a group."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.common.clients import Isolation, KafkaClients
from services.common.deadline import ended, failure, within
from services.common.errors import ExitStatus, Fatal
from services.common.outcomes import InputRecord

Offsets = Mapping[int, int]
"""An offset for each partition of one topic."""

DEADLINE_SECONDS = 30.0
POLL_MS = 200


@asynccontextmanager
async def _assigned(
    clients: KafkaClients, topic: str, isolation: Isolation
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    consumer = await clients.started(lambda: clients.reader(isolation=isolation))
    try:
        await _within(consumer._client._wait_on_metadata(topic), topic)  # noqa: SLF001
        partitions = [
            TopicPartition(topic, number)
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(partitions)
        yield consumer, partitions
    finally:
        await consumer.stop()


async def begin_offsets(clients: KafkaClients, topic: str) -> dict[int, int]:
    """Give the first offset that each partition still holds."""
    async with _assigned(clients, topic, "read_committed") as (consumer, partitions):
        found = await _within(consumer.beginning_offsets(partitions), topic)
        return {partition.partition: offset for partition, offset in found.items()}


async def end_offsets(
    clients: KafkaClients, topic: str, *, isolation: Isolation = "read_committed"
) -> dict[int, int]:
    """Give the end of each partition.

    For ``read_committed`` that is the last stable offset; for ``read_uncommitted`` the high
    watermark, which counts open transactions in.
    """
    async with _assigned(clients, topic, isolation) as (consumer, partitions):
        found = await _within(consumer.end_offsets(partitions), topic)
        return {partition.partition: offset for partition, offset in found.items()}


async def read(
    clients: KafkaClients,
    topic: str,
    *,
    starts: Offsets | None = None,
    ends: Offsets | None = None,
    isolation: Isolation = "read_committed",
) -> AsyncGenerator[Sequence[InputRecord], None]:
    """Yield a topic's records in batches, in order within a partition, until ``ends``.

    An empty batch tells that nothing came for a moment, such as while a transaction is open. A
    reader that is left early must be closed (``contextlib.aclosing``).

    Args:
        topic: its full name.
        starts: where to begin; the first record held where a partition is absent.
        ends: where to stop, open transactions below it waited for; absent, today's end.
        isolation: what to see.
    """
    if ends is None:
        ends = await end_offsets(clients, topic, isolation=isolation)
    async with _assigned(clients, topic, isolation) as (consumer, partitions):
        await _seek(consumer, partitions, starts or {})
        waiting = set(partitions)
        while waiting:
            batches = await within(
                consumer.getmany(*waiting, timeout_ms=POLL_MS), f"reading {topic}"
            )
            if not batches:
                yield ()
            for partition, records in batches.items():
                if below := [r for r in records if r.offset < ends.get(partition.partition, 0)]:
                    yield below
            # Past the markers: a record's own offset never reaches the end of a transaction.
            waiting = {
                partition
                for partition in waiting
                if await within(consumer.position(partition), f"the position in {topic}")
                < ends.get(partition.partition, 0)
            }


async def follow(clients: KafkaClients, topic: str) -> AsyncGenerator[InputRecord, None]:
    """Yield what is written to a topic from now on, for ever."""
    async with _assigned(clients, topic, "read_committed") as (consumer, partitions):
        await _within(consumer.seek_to_end(*partitions), topic)
        while True:
            batches = await within(consumer.getmany(timeout_ms=POLL_MS), f"reading {topic}")
            for records in batches.values():
                for record in records:
                    yield record


async def _seek(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], starts: Offsets
) -> None:
    for partition in partitions:
        if (start := starts.get(partition.partition)) is None:
            await _within(consumer.seek_to_beginning(partition), partition.topic)
        else:
            consumer.seek(partition, start)


async def _within(step: Any, topic: str) -> Any:
    try:
        return await ended(step, DEADLINE_SECONDS)
    except TimeoutError:
        raise Fatal(
            f"Kafka told nothing of {topic} within {DEADLINE_SECONDS:.0f} s; is it there? "
            "(`headrace topics create` makes it)",
            ExitStatus.UNAVAILABLE,
        ) from None
    except KafkaError as error:
        raise failure(f"reading {topic}", error) from error
