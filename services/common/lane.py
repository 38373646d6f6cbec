"""One input partition and the sequence of its steps: take, handle, write, commit.

Exactly once for read_committed consumers. The order of the steps is the guarantee; docs/delivery.md
tells why each stands where it does.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import stamina
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.common import packing
from services.common.deadline import within
from services.common.errors import Retryable, ServiceError, Stale
from services.common.groups import committed
from services.common.offsets import refuse_expired, refuse_lost
from services.common.outcomes import InputRecord, Outcome
from services.common.pace import Pace
from services.common.session import Context, Session
from services.common.silence import Silence
from services.common.suspicion import read_suspicion
from services.common.transaction import Transactions
from services.common.trial import Trial

log = structlog.get_logger()
T = TypeVar("T")

STARTING = "starting"
KAFKA_SILENT = "kafka_unavailable"
STOP_SECONDS = 3.0
LEAVE_SECONDS = 1.5
CANCEL_SECONDS = 1.0
PENDING_SECONDS = 0.02
RETRY_FIRST_SECONDS = 0.05
RETRY_MOST_SECONDS = 2.0
STUCK_SECONDS = 300.0
TELL_SECONDS = 5.0
"""An idle lane tells its session again: others may wait for what the session was told and lost."""
NEVER = -math.inf


class Lane:
    """Works on one partition alone; its steps are sequential, lanes run side by side."""

    def __init__(
        self,
        partition: TopicPartition,
        context: Context,
        *,
        session: Session,
        consumer: AIOKafkaConsumer,
    ) -> None:
        self.number = partition.partition
        self.waiting: str | None = STARTING
        self.progress_at = time.monotonic()
        self.lag = 0
        self.in_flight = 0
        self._partition = partition
        self._context = context
        self._settings = context.settings
        self._telemetry = context.telemetry
        self._session = session
        self._consumer = consumer
        self._silence = Silence()
        self._transactions = Transactions(partition, context)
        self._pending: Sequence[InputRecord] = ()
        self._pace = Pace(
            most=context.settings.batch_records, seconds=context.settings.batch_seconds
        )
        self._committed = 0
        self._busy_at = time.monotonic()
        self._told_at = NEVER
        self._opened = False
        self._trial: Trial | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> str | None:
        """What keeps the lane from its records, if anything does."""
        return self._session.doing() or self.waiting

    @property
    def stuck(self) -> bool:
        """No step for so long that the lane is not alive; waiting in good order is."""
        silent = time.monotonic() - self.progress_at
        return silent > STUCK_SECONDS and self._session.doing() is None

    def start(self) -> asyncio.Task[None]:
        """Begin to work; the task ends by ``stop`` or with the error that must end the process."""
        self._task = asyncio.create_task(self._run(), name=f"lane-{self.number}")
        return self._task

    async def stop(self) -> None:
        """End once the open transaction is over; what is handled but not sent is dropped."""
        assert self._task is not None
        while not self._task.done():
            await self._cancel(self._task)
        # A transaction in doubt may have moved the offset: another one would move it back.
        if self.waiting != STARTING and not self._transactions.in_doubt:
            await self._leave()
        await self._transactions.close()

    async def _leave(self) -> None:
        """Take the note of a trial back, and tell the session what is committed, if it can hear.

        A group that is rewound after a stop in good order is then known to be.
        """
        if self._trial is not None:
            await _briefly(self._trial.leave())
        if self._opened:
            await _briefly(self._session.committed(self._committed, {}))

    async def _cancel(self, task: asyncio.Task[None]) -> None:
        """Cancel the lane's task; to be repeated until it is done.

        Before Python 3.12 ``asyncio.wait_for``, which the clients use, forgets a cancellation that
        comes just as its call is done: a lane that went on would hold up the whole group.
        """
        try:
            async with asyncio.timeout(STOP_SECONDS), self._transactions.open:
                task.cancel()
        except TimeoutError:
            task.cancel()
        await asyncio.wait([task], timeout=CANCEL_SECONDS)

    async def _run(self) -> None:
        reason = "assigned"
        while True:
            try:
                await self._open(reason)
                while True:
                    await self._step()
            except Stale as stale:
                reason = "stale"
                self._pending = ()
                log.info("lane_stale", lane=self.number, why=str(stale))

    async def _open(self, reason: str) -> None:
        """Learn, then fence, then read the offset: in this order, and again after every Stale."""
        self.waiting, self._opened = STARTING, False
        await self._patiently(self._session.learn)
        await self._transactions.restart()
        self._telemetry.count("lane_starts_total", reason=reason)
        before, (position, metadata) = self._committed, await self._begin()
        if self._trial is None or position != before:
            # Somebody else was at work here: what he noted counts, and nothing from before.
            self._trial = self._new_trial(metadata)
        self._consumer.seek(self._partition, position)
        await self._patiently(lambda: self._session.validated(position))
        self.waiting, self._opened = None, True
        log.info("lane_opened", lane=self.number, offset=position, reason=reason)

    async def _begin(self) -> tuple[int, str]:
        """Give the committed offset and its metadata; without any, commit the log's start first."""
        # True only after the producer's start: read before, it was stale 117 times of 150.
        found = await committed(self._context.clients, self._context.route.group, self._partition)
        begins = await within(
            self._consumer.beginning_offsets([self._partition]), "reading the log's start"
        )
        begin = int(begins[self._partition])
        if found is None:
            await refuse_lost(self._context, self.number)
            await self._transactions.commit(begin, "")
            self._committed = begin
            return begin, ""
        place = f"{self._partition.topic}-{self.number}"
        refuse_expired(place, committed=found.offset, begin=begin)
        self._committed = found.offset
        return found.offset, found.metadata

    def _new_trial(self, metadata: str) -> Trial:
        return Trial(
            self._session,
            read_suspicion(metadata),
            note=lambda suspicion: self._transactions.commit(self._committed, str(suspicion)),
            turns=self._context.turns,
            stage=self._context.route.service,
        )

    async def _step(self) -> None:
        assert self._trial is not None
        records = self._pending or await self._poll()
        if not records:
            await self._idle()
            return
        started = self._busy_at = time.monotonic()
        self._told_at = NEVER
        self.in_flight = len(records)
        async with self._trial.turn(records) as taken:
            outcomes = await self._handle(taken)
            self._pace.measured(len(outcomes), self._telemetry.since("handle", started) - started)
            for batch in packing.batches(
                taken[: len(outcomes)],
                outcomes,
                route=self._context.route,
                most_bytes=self._settings.batch_bytes,
            ):
                await self._write(*batch)
        self._pending = records[len(outcomes) :]
        self.in_flight = len(self._pending)
        if not outcomes:
            self._telemetry.count("waiting_seconds_total", PENDING_SECONDS, reason="not_yet")
            await asyncio.sleep(PENDING_SECONDS)

    async def _handle(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        trial, refusals = self._trial, self._context.refusals
        assert trial is not None

        async def handled() -> Sequence[Outcome]:
            refusals.check()
            outcomes = await trial.handle(records)
            refusals.admit(outcomes)
            return outcomes

        return await self._patiently(handled)

    async def _poll(self) -> Sequence[InputRecord]:
        """Take records of this partition alone, so that only a hungry lane is fed."""
        started = time.monotonic()
        taken = await within(
            self._consumer.getmany(
                self._partition,
                timeout_ms=int(self._settings.poll_seconds * 1000),
                max_records=self._pace.records,
            ),
            "polling",
        )
        records: Sequence[InputRecord] = taken.get(self._partition, ())
        # By the position, which passes transaction markers: the end minus the committed offset
        # never reaches 0.
        end = self._consumer.last_stable_offset(self._partition) or 0
        self.lag = max(0, end - await self._position()) + len(records)
        self._alive()
        self._listen(time.monotonic() - started)
        return records

    def _listen(self, seconds: float) -> None:
        """Say so while polls of so many seconds each are all that happens, and no broker answers.

        The client goes on by itself once there is one.
        """
        heard = self._consumer.last_poll_timestamp(self._partition)
        if self._silence.polled(seconds, heard=heard):
            self._wait(KAFKA_SILENT, seconds)
        else:
            self.waiting = None

    async def _write(self, records: Sequence[InputRecord], outcomes: Sequence[Outcome]) -> None:
        assert self._trial is not None
        position = records[-1].offset + 1
        acknowledged = await self._transactions.write(
            records,
            outcomes,
            verify=self._session.verify,
            metadata=self._trial.metadata(position),
        )
        self._trial.survived(position)
        self._committed = position
        self._alive()
        self._telemetry.count_batch(records, outcomes)
        await self._patiently(lambda: self._session.committed(position, acknowledged))

    async def _idle(self) -> None:
        """Commit the position past the markers, so that an expired log is told from a read one."""
        if time.monotonic() - self._busy_at < self._settings.idle_seconds:
            return
        position = await self._position()
        if position > self._committed:
            assert self._trial is not None
            await self._transactions.commit(position, self._trial.metadata(position))
            self._trial.survived(position)
            self._committed, self._told_at = position, NEVER
        if time.monotonic() - self._told_at > TELL_SECONDS:
            await self._patiently(lambda: self._session.committed(position, {}))
            self._told_at = time.monotonic()

    async def _position(self) -> int:
        position: int = await within(self._consumer.position(self._partition), "the position")
        return position

    async def _patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        """Repeat a step while what it needs is away: the offset stays and nothing is dropped."""
        before, started = self.waiting, time.monotonic()
        async for attempt in stamina.retry_context(
            on=Retryable,
            attempts=None,
            timeout=None,
            wait_initial=RETRY_FIRST_SECONDS,
            wait_jitter=RETRY_FIRST_SECONDS,
            wait_max=RETRY_MOST_SECONDS,
        ):
            with attempt:
                try:
                    result = await step()
                except Retryable as error:
                    now = time.monotonic()
                    # An attempt on a server that is frozen waits longer than what comes after it.
                    self._wait(error.reason, now - started + attempt.next_wait)
                    started = now + attempt.next_wait
                    raise
        self.waiting = before
        self._alive()
        return result

    def _wait(self, reason: str, seconds: float) -> None:
        self.waiting = reason
        self._alive()
        self._telemetry.count("waiting_seconds_total", seconds, reason=reason)

    def _alive(self) -> None:
        self.progress_at = time.monotonic()


async def _briefly(step: Awaitable[None]) -> None:
    """Await a step that is only good to have: the process ends with or without it."""
    with contextlib.suppress(ServiceError, TimeoutError):
        async with asyncio.timeout(LEAVE_SECONDS):
            await step
