"""A topic read from its start to its present end, with a progress bar."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from rich.progress import Progress

from services.cli.cluster import Cluster
from services.common.outcomes import InputRecord
from services.common.reader import begin_offsets, end_offsets, read


async def read_through(
    cluster: Cluster, topic: str, bars: Progress, *, wait_open: bool = False
) -> AsyncGenerator[Sequence[InputRecord], None]:
    """Yield all committed records of a topic, given by its short name.

    Args:
        cluster: where it is.
        topic: its short name.
        bars: gets a bar for the offsets passed.
        wait_open: wait for the transactions that are open now, instead of ending before them.
    """
    name, clients = cluster.full_name(topic), cluster.clients
    ends = await end_offsets(
        clients, name, isolation="read_uncommitted" if wait_open else "read_committed"
    )
    passed = dict(await begin_offsets(clients, name))
    total = sum(ends.values()) - sum(passed.values())
    bar = bars.add_task(f"Reading {topic}", total=total)
    async with aclosing(read(clients, name, ends=ends)) as batches:
        async for records in batches:
            if records:
                before = passed[records[-1].partition]
                passed[records[-1].partition] = records[-1].offset + 1
                bars.advance(bar, records[-1].offset + 1 - before)
            yield records
    # The rest are transaction markers and what compaction removed.
    bars.update(bar, completed=total)
