"""Messages written all or nothing, outside a lane: one writer of a name at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from services.common.clients import KafkaClients, close
from services.common.deadline import explained, within
from services.common.freight import Freight
from services.common.outcomes import Message

CLOSE_SECONDS = 5.0


class Writer:
    """Writes under one transactional id; see ``open_writer``."""

    def __init__(self, producer: AIOKafkaProducer, names: Mapping[str, str]) -> None:
        self._producer = producer
        self._names = names

    async def write(self, messages: Sequence[Message]) -> None:
        """Write messages in one transaction.

        Raises:
            Fatal: Kafka refused one of them, or somebody else has the name now; none is written.
        """
        await within(self._write(messages), "writing a transaction")

    async def _write(self, messages: Sequence[Message]) -> None:
        async with self._producer.transaction():
            freight = Freight(self._producer, self._names)
            for message in messages:
                await freight.add(message, list(message.headers))
            await explained(self._producer, freight.acknowledged())


@asynccontextmanager
async def open_writer(
    clients: KafkaClients, name: str, names: Mapping[str, str]
) -> AsyncIterator[Writer]:
    """Give the writer of a name; an earlier one that still works is fenced, and its work aborted.

    Args:
        clients: of the Kafka.
        name: the transactional id.
        names: full topic names by short name.
    """
    producer = await clients.started(lambda: clients.producer(name))
    try:
        yield Writer(producer, names)
    finally:
        await within(close(producer), "closing the producer", CLOSE_SECONDS)
