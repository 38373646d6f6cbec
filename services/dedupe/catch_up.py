"""Brings the index up to date with the log, after a cold start or the loss of the index."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing

import structlog

from services.common import reader
from services.common.errors import ExitStatus, Fatal, Retryable
from services.common.kept import Kept
from services.common.outcomes import InputRecord, header
from services.common.session import Context
from services.common.topics import UNIQUE
from services.dedupe.claims import Claim, Emitted, Owned
from services.dedupe.emitting import OWNER, PAPER_ID, REVISION, SIGNATURE, read_owner
from services.dedupe.index import Lock, RedisIndex

log = structlog.get_logger()

CATCHING_UP = "index_catching_up"
CHUNK = 256
CHECKPOINT_RECORDS = 10_000
"""Records after which a catch-up that dies is not done again from its start."""

STILL_SECONDS = 60.0
"""Three times what a transaction may take: one that is still open then, Kafka has forgotten."""


class CatchUp:
    """Reads ``unique`` into the index, one worker of all at a time.

    The group of ``context`` keeps the lineage of the index. ``tell`` is called with how far it is.
    """

    def __init__(
        self,
        index: RedisIndex,
        context: Context,
        *,
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._index = index
        self._context = context
        self._tell = tell
        self._clients = context.clients
        self._topic = context.names[UNIQUE.name]
        self._telemetry = context.telemetry
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
            raise Retryable(CATCHING_UP, "another lane brings the index up to date")
        self._doing = CATCHING_UP
        try:
            await self._settle(lock)
            # Open transactions count in: whether they commit must be known before the first claim,
            # since what they wrote was claimed in the lifetime that is gone.
            ends = await reader.end_offsets(
                self._clients, self._topic, isolation="read_uncommitted"
            )
            progress = Progress(usable(await self._index.checkpoint(), ends), ends)
            await self._restore(lock, progress)
        finally:
            self._doing = None
        log.info("index_caught_up", records=progress.records, seconds=progress.seconds)

    async def _settle(self, lock: Lock) -> None:
        """Have Kafka and the index agree on the lineage; where they do not, begin a new one.

        Before the first mark of a lineage, hence before its first claim: Kafka could not tell an
        index from before it otherwise.
        """
        async with Kept(self._context) as kept:
            known, lineage = await kept.read(), await self._index.lineage()
            if lineage is None or lineage != known:
                log.info("index_begun_anew", lineage=lineage, kafka=known)
                lineage = secrets.token_hex(8)
                await self._index.wipe(lock, lineage)
            await kept.write(lineage)

    async def _restore(self, lock: Lock, progress: Progress) -> None:
        batches = reader.read(
            self._clients, self._topic, starts=progress.reached, ends=progress.ends
        )
        written = 0
        self._tell(progress)
        async with aclosing(batches):
            async for records in batches:
                # An empty batch, too, keeps the lock.
                for at in range(0, max(len(records), 1), CHUNK):
                    papers = [emitted(record) for record in records[at : at + CHUNK]]
                    await self._index.restore(lock, papers)
                progress.add(records)
                if progress.stands_still:
                    log.warning("index_catch_up_stands_still", how_far=str(progress))
                if progress.records - written >= CHECKPOINT_RECORDS:
                    await self._index.restore(lock, (), checkpoint=progress.reached)
                    written = progress.records
                    log.info("index_catching_up", how_far=str(progress))
                self._doing = f"{CATCHING_UP}, {progress}"
                self._telemetry.set("index_catch_up_records", progress.records)
                self._telemetry.set("index_catch_up_left_records", progress.left)
                self._tell(progress)
        await self._index.restore(lock, (), checkpoint=progress.ends, done=True)
        self._telemetry.set("index_catch_up_left_records", 0)


class Progress:
    """How far a catch-up is: offsets of ``unique`` by partition."""

    def __init__(
        self,
        starts: Mapping[int, int],
        ends: Mapping[int, int],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reached = dict(starts)
        self.ends = ends
        self.records = 0
        self._now = now
        self._started = self._moved_at = self._told_at = now()

    def add(self, records: Sequence[InputRecord]) -> None:
        """Take note of records of one partition, in their order."""
        if records:
            self.reached[records[-1].partition] = records[-1].offset + 1
            self.records += len(records)
            self._moved_at = self._told_at = self._now()

    @property
    def stands_still(self) -> bool:
        """Whether nothing came for a minute, once each minute."""
        still = self._now() - self._told_at > STILL_SECONDS
        if still:
            self._told_at = self._now()
        return still

    @property
    def left(self) -> int:
        """Offsets still to be passed; markers and what compaction removed count in."""
        return sum(max(0, end - self.reached.get(at, 0)) for at, end in self.ends.items())

    @property
    def seconds(self) -> float:
        return round(self._now() - self._started, 3)

    def __str__(self) -> str:
        told = f"{self.records} records read in {self.seconds:.0f} s, {self.left} offsets left"
        still = self._now() - self._moved_at
        if still <= STILL_SECONDS:
            return told
        return (
            f"{told}, none for {still:.0f} s: see docs/reliability.md for a transaction that hangs"
        )


def usable(checkpoint: Mapping[int, int], ends: Mapping[int, int]) -> dict[int, int]:
    """Give where to begin: the checkpoint, or the log's start where it is of another log.

    All below the checkpoint is in the index: a claim is made before its record is appended, and
    what a server keeps of a lineage is a prefix of it. One beyond the log's end tells of a topic
    that was made anew.
    """
    beyond = any(offset > ends.get(partition, 0) for partition, offset in checkpoint.items())
    return {} if beyond else dict(checkpoint)


def emitted(record: InputRecord) -> Emitted:
    """Read what a record of ``unique`` says of itself.

    Raises:
        Fatal: it does not say it.
    """
    key, owner = record.key, header(record, OWNER)
    paper_id, revision = header(record, PAPER_ID), header(record, REVISION)
    signature, place = header(record, SIGNATURE), read_owner(owner or b"")
    if not (key and place and paper_id and revision and signature):
        raise Fatal(
            f"{record.topic}-{record.partition} offset {record.offset} does not say who owns it "
            "and what it is like: nothing but dedupe may write to this topic, and what an earlier "
            "version of it wrote needs an earlier version",
            ExitStatus.CONFIGURATION,
        )
    claim = Claim(Owned(key.decode(), *place), signature)
    return Emitted(claim, paper_id.decode(), int(revision))
