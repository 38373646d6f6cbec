"""How ``headrace index rebuild`` has the index made anew."""

from __future__ import annotations

import asyncio

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from services.cli.cluster import Cluster
from services.cli.console import err
from services.common.errors import Retryable, Stale
from services.common.reader import begin_offsets, end_offsets
from services.common.telemetry import Telemetry
from services.common.topics import UNIQUE
from services.dedupe import catch_up
from services.dedupe.app import index_of, lineage_context
from services.dedupe.index import RedisIndex

OFFSETS_A_SECOND = 10_000
"""What a catch-up reads on one core; for the estimate before it begins."""

LOOK_SECONDS = 0.5


async def to_read(cluster: Cluster) -> int:
    """Give the offsets of ``unique`` that a rebuild reads."""
    await cluster.require(UNIQUE.name)
    topic = cluster.full_name(UNIQUE.name)
    begins, ends = (
        await begin_offsets(cluster.clients, topic),
        await end_offsets(cluster.clients, topic),
    )
    return sum(ends.values()) - sum(begins.values())


def estimate(offsets: int) -> str:
    """Say how long it takes to read so many."""
    seconds = offsets / OFFSETS_A_SECOND
    return f"{max(1, round(seconds))} s" if seconds < 120 else f"{round(seconds / 60)} minutes"


def bar() -> Progress:
    """Give a bar with the time that is left, on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
    )


async def rebuilt(cluster: Cluster, bars: Progress) -> None:
    """Return when the index has a new mark.

    Whoever holds the lock does the work: this, or a worker of dedupe, whose checkpoints show then
    how far it is.
    """
    topic = cluster.full_name(UNIQUE.name)
    ends = await end_offsets(cluster.clients, topic, isolation="read_uncommitted")
    shown = bars.add_task("Reading unique", total=sum(ends.values()))
    context = lineage_context(cluster.settings, Telemetry())

    def tell(progress: catch_up.Progress) -> None:
        total = sum(progress.ends.values())
        bars.update(shown, total=total, completed=total - progress.left)

    async with index_of(cluster.settings) as index:
        await index.forget()
        catching_up = catch_up.CatchUp(index, context, tell=tell)
        while await index.learn() is None:
            try:
                await catching_up.run()
            except Stale:
                # The server was lost meanwhile: what is left is the same.
                continue
            except Retryable as error:
                if error.reason != catch_up.CATCHING_UP:
                    raise
                await _watch(index, bars, shown)
    bars.update(shown, completed=bars.tasks[shown].total)


async def _watch(index: RedisIndex, bars: Progress, shown: TaskID) -> None:
    """Show how far another one is, by the checkpoint that it writes every so many records."""
    bars.update(shown, completed=sum((await index.checkpoint()).values()))
    await asyncio.sleep(LOOK_SECONDS)
