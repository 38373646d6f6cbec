"""Brings the index up to date with the log, after a cold start or the loss of the index."""

from __future__ import annotations

import time
from contextlib import aclosing

import structlog

from services.common import reader
from services.common.clients import KafkaClients
from services.common.errors import ExitStatus, Fatal, Retryable
from services.common.outcomes import InputRecord, header
from services.common.telemetry import Telemetry
from services.dedupe.index import Owned, RedisIndex
from services.dedupe.owner import OWNER, read_owner

log = structlog.get_logger()

CHUNK = 256


class CatchUp:
    """Reads ``unique`` into the index, one worker of all at a time."""

    def __init__(
        self, index: RedisIndex, *, clients: KafkaClients, topic: str, telemetry: Telemetry
    ) -> None:
        self._index = index
        self._clients = clients
        self._topic = topic
        self._telemetry = telemetry
        self._doing: str | None = None

    @property
    def doing(self) -> str | None:
        """How far it is, while it is at it."""
        return self._doing

    async def run(self) -> None:
        """Catch up, and give the index a new mark; nothing to do where somebody else just did.

        Raises:
            Retryable: somebody else is catching up, or the server is away.
            Stale: the index was lost again meanwhile.
        """
        if await self._index.learn() is not None:
            return
        lock = await self._index.lock()
        if lock is None:
            raise Retryable("index_catching_up", "another lane brings the index up to date")
        started, count = time.monotonic(), 0
        # Open transactions count in: whether they commit must be known before the first claim,
        # since what they wrote was claimed in the lifetime that is gone.
        ends = await reader.end_offsets(self._clients, self._topic, isolation="read_uncommitted")
        total = sum(ends.values())
        try:
            async with aclosing(reader.read(self._clients, self._topic, ends=ends)) as batches:
                async for records in batches:
                    # An empty batch, too, keeps the lock.
                    for at in range(0, max(len(records), 1), CHUNK):
                        owners = [_owned(record) for record in records[at : at + CHUNK]]
                        await self._index.restore(lock, owners)
                    count += len(records)
                    self._doing = f"catching up, {count} of about {total} records of {self._topic}"
                    self._telemetry.set("index_catch_up_records", count)
            await self._index.restore(lock, (), caught_up=ends)
        finally:
            self._doing = None
        seconds = round(time.monotonic() - started, 3)
        log.info("index_caught_up", records=count, seconds=seconds)


def _owned(record: InputRecord) -> Owned:
    key, owner = record.key, header(record, OWNER)
    place = read_owner(owner) if owner is not None else None
    if key is None or len(key) != 32 or place is None:
        raise Fatal(
            f"{record.topic}-{record.partition} offset {record.offset} has no owner: nothing but "
            "dedupe may write to this topic",
            ExitStatus.CONFIGURATION,
        )
    return Owned(key.decode(), *place)
