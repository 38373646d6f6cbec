"""How far each model has come with ``unique``: what is left, how fast, and for how long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.cli.cluster import Cluster
from services.common import groups
from services.common.reader import begin_offsets, end_offsets
from services.common.topics import UNIQUE
from services.embed.settings import group_prefix

WATCHED_SECONDS = 2.0
"""For how long groups that are behind are watched: a lane commits about once a second."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """One model's stream.

    Args:
        label: of the model.
        done: offsets of ``unique`` that it has passed; markers of transactions count in.
        left: offsets that it has not.
        per_second: how fast it passes them now; 0 where none is left.
    """

    label: str
    done: int
    left: int
    per_second: float

    @property
    def seconds_left(self) -> float | None:
        """For how long, at this rate; None where it stands still."""
        return self.left / self.per_second if self.per_second else None

    def as_json(self) -> dict[str, Any]:
        """Give it for a program."""
        return {
            "label": self.label,
            "offsets_done": self.done,
            "offsets_left": self.left,
            "offsets_per_second": round(self.per_second, 1),
            "seconds_left": self.seconds_left and round(self.seconds_left),
        }

    def __str__(self) -> str:
        if not self.left:
            return "done"
        share = f"{self.left:,} offsets of {UNIQUE.name} left ({self._share:.0%} done)"
        if (seconds := self.seconds_left) is None:
            return f"{share}, and no progress in {WATCHED_SECONDS:.0f} s: does its service run?"
        return f"{share}, {self.per_second:,.0f} a second, about {_spoken(seconds)}"

    @property
    def _share(self) -> float:
        return self.done / (self.done + self.left)


async def backlogs(cluster: Cluster) -> list[Backlog]:
    """Give how far each model has come that ever read ``unique``, by its label."""
    clients, topic = cluster.clients, cluster.full_name(UNIQUE.name)
    prefix = group_prefix(cluster.settings)
    names = [name for name in await groups.group_names(clients) if name.startswith(prefix)]
    begins = await begin_offsets(clients, topic)
    ends = await end_offsets(clients, topic, isolation="read_uncommitted")

    async def passed(group: str) -> int:
        committed = await groups.committed_offsets(clients, group, topic)
        return sum(max(0, committed.get(at, 0) - begin) for at, begin in begins.items())

    size = sum(ends.values()) - sum(begins.values())
    before, started = {name: await passed(name) for name in names}, time.monotonic()
    after: Mapping[str, int] = before
    if any(size - done for done in before.values()):
        await asyncio.sleep(WATCHED_SECONDS)
        after = {name: await passed(name) for name in names}
    seconds = time.monotonic() - started
    return [
        Backlog(
            label=name.removeprefix(prefix),
            done=after[name],
            left=max(0, size - after[name]),
            per_second=(after[name] - before[name]) / seconds,
        )
        for name in names
    ]


def _spoken(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
