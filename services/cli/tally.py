"""How many committed records each topic holds, counted live."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from services.cli.cluster import Cluster
from services.common.reader import end_offsets, read

NEVER = 1 << 62
"""An offset that no partition reaches."""

Told = Callable[[str, int], None]
"""Called with a topic's short name and the number of its records so far."""


@contextlib.asynccontextmanager
async def counted(cluster: Cluster, topics: Sequence[str], told: Told) -> AsyncIterator[None]:
    """Count the records of these topics from their start, as long as this is open."""
    tasks = [asyncio.create_task(_count(cluster, topic, told)) for topic in topics]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _count(cluster: Cluster, topic: str, told: Told) -> None:
    name = cluster.full_name(topic)
    ends = dict.fromkeys(await end_offsets(cluster.clients, name), NEVER)
    count = 0
    async for records in read(cluster.clients, name, ends=ends):
        count += len(records)
        told(topic, count)
