"""``headrace drain``: wait until everything that was fed is through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.cli.cluster import Cluster, Stage, enter
from services.cli.console import err
from services.cli.options import StateDir
from services.common import groups
from services.common.errors import ExitStatus, Fatal

POLL_SECONDS = 0.3

Told = Callable[[Stage, int], None]
"""Called with a stage and the offsets that it has left."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(drain)


def drain(
    *,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds after which to give up, with status 75.")
    ] = 300.0,
    state: StateDir = None,
) -> None:
    """Wait until every stage has read all that its topic holds, from the first to the last.

    ```
    headrace feed saved/*.html && headrace drain && headrace audit
    ```
    """
    cluster = enter(state)
    with bars() as progress:
        asyncio.run(drained(cluster, timeout=timeout, told=Bars(progress)))
    err.print("Everything is through.")


async def drained(cluster: Cluster, *, timeout: float, told: Told) -> None:
    """Return when every lag is 0: upstream to downstream, then all of them once more.

    Raises:
        Fatal: the time is over; says which stage has how much left.
    """
    stages = cluster.stages()
    await cluster.require(*(stage.source for stage in stages))
    left: dict[str, int] = {}

    async def look(stage: Stage) -> int:
        lag = await groups.lag(cluster.clients, stage.group, cluster.full_name(stage.source))
        left[stage.name] = sum(lag.values())
        told(stage, left[stage.name])
        return left[stage.name]

    try:
        async with asyncio.timeout(timeout):
            while True:
                for stage in stages:
                    # Kafka tells nobody that a group has committed.
                    while await look(stage):  # noqa: ASYNC110
                        await asyncio.sleep(POLL_SECONDS)
                # What a stage wrote while a later one was looked at is not missed.
                if not any([await look(stage) for stage in stages]):
                    return
    except TimeoutError:
        raise Fatal(_unfinished(stages, left, timeout), ExitStatus.TEMPORARY) from None


def _unfinished(stages: tuple[Stage, ...], left: dict[str, int], timeout: float) -> str:
    each = [
        f"{stage.name} has {left[stage.name]:,} offsets of {stage.source} left"
        if stage.name in left
        else f"{stage.name} was not looked at"
        for stage in stages
        if left.get(stage.name) != 0
    ]
    return (
        f"not through after {timeout:g} s: {', '.join(each)}; `headrace status` tells whether the "
        "services of a local stack are ready, and their logs what they wait for"
    )


def bars() -> Progress:
    """Give one line a stage on standard error."""
    return Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
        console=err,
    )


class Bars:
    """A bar a stage: how much of what was seen waiting is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._most: dict[str, int] = {}

    def __call__(self, stage: Stage, left: int) -> None:
        if stage.name not in self._bars:
            self._bars[stage.name] = self._progress.add_task(stage.name, left="")
        most = self._most[stage.name] = max(left, self._most.get(stage.name, 0))
        self._progress.update(
            self._bars[stage.name],
            total=max(most, 1),
            completed=most - left if most else 1,
            left=f"{left:,} left" if left else "done",
        )
