"""Brings the index up to date with the log, after a cold start or the loss of the index."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing

import structlog

from services.common import reader
from services.common.clients import KafkaClients
from services.common.errors import ExitStatus, Fatal, Retryable
from services.common.outcomes import InputRecord, header
from services.common.telemetry import Telemetry
from services.dedupe.index import Lock, Owned, RedisIndex
from services.dedupe.owner import OWNER, read_owner

log = structlog.get_logger()

CHUNK = 256
CHECKPOINT_RECORDS = 10_000
"""Records after which a catch-up that dies is not done again from its start."""


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
        # Open transactions count in: whether they commit must be known before the first claim,
        # since what they wrote was claimed in the lifetime that is gone.
        ends = await reader.end_offsets(self._clients, self._topic, isolation="read_uncommitted")
        starts = usable(await self._index.checkpoint(), ends)
        progress = Progress(starts, ends)
        try:
            await self._restore(lock, progress)
        finally:
            self._doing = None
        log.info("index_caught_up", records=progress.records, seconds=progress.seconds)

    async def _restore(self, lock: Lock, progress: Progress) -> None:
        batches = reader.read(
            self._clients, self._topic, starts=progress.reached, ends=progress.ends
        )
        written = 0
        async with aclosing(batches):
            async for records in batches:
                # An empty batch, too, keeps the lock.
                for at in range(0, max(len(records), 1), CHUNK):
                    owners = [_owned(record) for record in records[at : at + CHUNK]]
                    await self._index.restore(lock, owners)
                progress.add(records)
                if progress.records - written >= CHECKPOINT_RECORDS:
                    await self._index.restore(lock, (), checkpoint=progress.reached)
                    written = progress.records
                    log.info("index_catching_up", how_far=str(progress))
                self._doing = f"index_catching_up, {progress}"
                self._telemetry.set("index_catch_up_records", progress.records)
                self._telemetry.set("index_catch_up_left_records", progress.left)
        await self._index.restore(lock, (), checkpoint=progress.ends, done=True)
        self._telemetry.set("index_catch_up_left_records", 0)


class Progress:
    """How far a catch-up is: offsets of ``unique`` by partition."""

    def __init__(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> None:
        self.reached = dict(starts)
        self.ends = ends
        self.records = 0
        self._started = time.monotonic()

    def add(self, records: Sequence[InputRecord]) -> None:
        """Take note of records of one partition, in their order."""
        if records:
            self.reached[records[-1].partition] = records[-1].offset + 1
            self.records += len(records)

    @property
    def left(self) -> int:
        """Offsets still to be passed; markers and what compaction removed count in."""
        return sum(max(0, end - self.reached.get(at, 0)) for at, end in self.ends.items())

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._started, 3)

    def __str__(self) -> str:
        return f"{self.records} records read in {self.seconds:.0f} s, {self.left} offsets left"


def usable(checkpoint: Mapping[int, int], ends: Mapping[int, int]) -> dict[int, int]:
    """Give where to begin: the checkpoint, or the log's start where it is of another log.

    All below the checkpoint is in the index: a claim is made before its record is appended, and
    what a server keeps of its past is a prefix of it. One beyond the log's end tells of a topic
    that was made anew.
    """
    beyond = any(offset > ends.get(partition, 0) for partition, offset in checkpoint.items())
    return {} if beyond else dict(checkpoint)


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
