"""Sends records to one topic, whatever becomes of the broker meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.common.clients import KafkaClients
from services.common.errors import Fatal

SEND_SECONDS = 20.0
CLOSE_SECONDS = 2.0


class ToSend(NamedTuple):
    """A record; without a partition its key chooses one."""

    value: bytes
    key: bytes | None = None
    partition: int | None = None


class Sender:
    """Sends until all is acknowledged.

    What was not acknowledged in time is sent again, as a crawler would: it may be there twice.
    """

    def __init__(self, clients: KafkaClients, topic: str) -> None:
        self._clients = clients
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None

    async def send(self, records: Sequence[ToSend]) -> None:
        """Return once each of the records is on the topic."""
        while records:
            records = await self._unacknowledged(records)

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await producer.stop()
            except (KafkaError, TimeoutError):
                return

    async def _unacknowledged(self, records: Sequence[ToSend]) -> list[ToSend]:
        """Send records, and give those that may not be on the topic."""
        sent: list[asyncio.Future[object]] = []
        try:
            if self._producer is None:
                self._producer = await self._clients.started(self._clients.producer)
            async with asyncio.timeout(SEND_SECONDS):
                for value, key, partition in records:
                    future = await self._producer.send(
                        self._topic, value, key=key, partition=partition
                    )
                    sent.append(future)
            await asyncio.wait(sent, timeout=SEND_SECONDS)
        except (KafkaError, TimeoutError, Fatal):
            await self.close()
        done = [_acknowledged(future) for future in sent]
        left = [each for each, is_done in zip(records, done, strict=False) if not is_done]
        left += records[len(sent) :]
        if left:
            await self.close()
        return left


def _acknowledged(future: asyncio.Future[object]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
