"""How long a stage stands still: seen from its group's committed offsets.

A stage has recovered from a fault when every one of its input partitions has a committed offset
beyond the one that was read first after the fault. Papers flow to every partition all the time, so
that a partition at work moves several times a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.common.clients import close
from services.common.errors import Fatal
from services.common.topics import PAGES, PAPERS, UNIQUE, Topic
from tests.pipeline import Pipeline

SOURCES: Mapping[str, Topic] = {"ingest": PAGES, "dedupe": PAPERS, "embed": UNIQUE}
LOOK_SECONDS = 0.1
ANSWER_SECONDS = 3.0


@dataclass(frozen=True)
class Look:
    """The committed offsets of every stage's partitions, and when they were asked for."""

    at: float
    offsets: Mapping[str, Mapping[int, int]]

    def is_beyond(self, earlier: Look, stage: str, partitions: int) -> bool:
        """Tell whether each partition of a stage has moved since."""
        return all(
            self.offsets[stage].get(each, -1) > earlier.offsets[stage].get(each, -1)
            for each in range(partitions)
        )


class Watch:
    """Looks at the committed offsets again and again."""

    def __init__(self, pipeline: Pipeline, stages: Sequence[str], partitions: int) -> None:
        self._pipeline = pipeline
        self._stages = stages
        self._partitions = partitions
        self._admin: AIOKafkaAdminClient | None = None
        self._looked = asyncio.Condition()
        self._last: Look | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self._close()

    async def recovery(self, stages: Sequence[str], since: float) -> float:
        """Wait until the stages have recovered from a fault, and give the seconds that it took.

        Args:
            stages: whose input partitions must move.
            since: the fault, as a monotonic time.
        """
        look = first = await self._next(since)
        while not all(look.is_beyond(first, stage, self._partitions) for stage in stages):
            look = await self._next(look.at)
        return look.at - since

    async def _next(self, since: float) -> Look:
        """Give the first look that was begun after a moment."""
        async with self._looked:
            while self._last is None or self._last.at <= since:
                await self._looked.wait()
            return self._last

    async def _look(self) -> None:
        at = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                offsets = {stage: await self._committed(stage) for stage in self._stages}
        except (KafkaError, OSError, TimeoutError, Fatal):
            await self._close()
            return
        async with self._looked:
            self._last = Look(at, offsets)
            self._looked.notify_all()

    async def _committed(self, stage: str) -> dict[int, int]:
        if self._admin is None:
            self._admin = self._pipeline.clients.admin()
            await self._admin.start()
        found = await self._admin.list_consumer_group_offsets(self._pipeline.group(stage))
        source = self._pipeline.topics.full_name(SOURCES[stage])
        return {at.partition: each.offset for at, each in found.items() if at.topic == source}

    async def _close(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await close(admin)
            except (KafkaError, OSError, TimeoutError):
                return
