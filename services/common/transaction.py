"""The transactional producer of one lane: it writes outcomes and their offset, all or nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from services.common.deadline import explained, let_go, within
from services.common.errors import Retryable, Stale
from services.common.freight import Freight
from services.common.headers import Stamp, input_prefix
from services.common.outcomes import InputRecord, Outcome
from services.common.session import Acknowledged, Context

Verify = Callable[[Sequence[Outcome]], Awaitable[None]]


class Transactions:
    """One transaction at a time; a new start fences every earlier producer of the partition.

    ``in_doubt`` says that nobody knows whether the last transaction was committed.
    """

    def __init__(self, partition: TopicPartition, context: Context) -> None:
        self.open = asyncio.Lock()
        self.in_doubt = False
        self._partition = partition
        self._context = context
        self._group = context.route.group
        self._deadline = context.settings.commit_deadline_seconds
        self._stamp = Stamp(
            input_prefix(self._group, partition.topic, partition.partition),
            service=context.route.service,
            sinks=context.route.sinks,
        )
        self._producer: AIOKafkaProducer | None = None

    async def restart(self) -> None:
        """Start a producer of this partition's own id, which reaches the broker and fences."""
        await self.close()
        partition = self._partition
        self._producer = self._context.clients.producer(
            f"{self._group}.{partition.topic}.{partition.partition}"
        )
        await within(self._producer.start(), "starting the producer")

    async def close(self) -> None:
        """Let the producer go; no transaction is open, or the next producer aborts it."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await let_go(producer.stop(), 1.5)

    async def commit(self, position: int, metadata: str) -> None:
        """Commit an offset alone."""
        async with self.open:
            self.in_doubt = True
            await within(
                self._commit_alone(position, metadata), "committing an offset", self._deadline
            )
            self.in_doubt = False

    async def write(
        self,
        records: Sequence[InputRecord],
        outcomes: Sequence[Outcome],
        *,
        verify: Verify,
        metadata: str,
    ) -> Acknowledged:
        """Write what came of the records and commit the offset after them.

        Args:
            records: in their order.
            outcomes: of the records, one to one.
            verify: asked between the acknowledgements and the commit.
            metadata: kept with the committed offset.

        Raises:
            Stale: ``verify`` vetoed, or could not be asked; nothing was written.
            Fatal: the deadline passed, the producer was fenced, or a record was refused.
        """
        async with self.open:
            assert self._producer is not None
            self.in_doubt = True
            try:
                acknowledged = await within(
                    explained(self._producer, self._write(records, outcomes, verify, metadata)),
                    f"a transaction of {len(records)} records",
                    self._deadline,
                )
            except (Stale, Retryable) as veto:
                await within(self._producer.abort_transaction(), "aborting", self._deadline)
                self.in_doubt = False
                raise Stale(str(veto)) from veto
            self.in_doubt = False
            return acknowledged

    async def _write(
        self,
        records: Sequence[InputRecord],
        outcomes: Sequence[Outcome],
        verify: Verify,
        metadata: str,
    ) -> Acknowledged:
        assert self._producer is not None
        telemetry = self._context.telemetry
        started = time.monotonic()
        await self._producer.begin_transaction()
        acknowledged = await self._send(records, outcomes)
        produced = telemetry.since("produce", started)
        # Acknowledged before the session is asked: catch-up of a lost index waits for what was
        # appended before the loss, and for nothing else.
        await verify(outcomes)
        verified = telemetry.since("verify", produced)
        await self._offsets(records[-1].offset + 1, metadata)
        await self._producer.commit_transaction()
        telemetry.since("commit", verified)
        return acknowledged

    async def _send(
        self, records: Sequence[InputRecord], outcomes: Sequence[Outcome]
    ) -> Acknowledged:
        """Send every message and await every acknowledgement."""
        assert self._producer is not None
        freight = Freight(self._producer, self._context.names)
        for record, outcome in zip(records, outcomes, strict=True):
            for index, message in enumerate(outcome.messages):
                await freight.add(message, self._stamp.headers(record, index, message))
        return await freight.acknowledged()

    async def _commit_alone(self, position: int, metadata: str) -> None:
        assert self._producer is not None
        await self._producer.begin_transaction()
        await self._offsets(position, metadata)
        await self._producer.commit_transaction()

    async def _offsets(self, position: int, metadata: str) -> None:
        assert self._producer is not None
        offsets = {self._partition: OffsetAndMetadata(position, metadata)}
        await self._producer.send_offsets_to_transaction(offsets, self._group)
