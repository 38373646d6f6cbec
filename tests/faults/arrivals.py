"""When the records of groups are listed: most of a group at once, some of them long after."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable

from services.common.records import Paper
from tests.faults.groups import Group, groups
from tests.faults.schedule import GroupFeed

LATE = 0.3
"""Share of the records that come later than their group, up to so many groups:"""
LATER_GROUPS = 500

STEP_SECONDS = 0.02


class Arrivals:
    """The records of one group after the other.

    Those that come at once race each other; those that come later meet an index that may have
    forgotten what the group was.

    Args:
        seed: the same seed, the same records in the same order.
    """

    def __init__(self, seed: int) -> None:
        self.groups: list[Group] = []
        self._next = groups(seed)
        self._source = random.Random(seed)
        self._order = itertools.count()
        self._late: list[tuple[int, int, Paper]] = []

    async def paced(
        self, feed: GroupFeed, enough: Callable[[], bool]
    ) -> AsyncIterator[list[Paper]]:
        """Yield what is listed, at a feed's rate, until it is enough; and what is left then.

        What was missed while the reader was busy is made good at once.
        """
        started = time.monotonic()
        while not enough() or len(self.groups) < feed.groups:
            due = int((time.monotonic() - started) * feed.groups_a_second) - len(self.groups)
            yield [paper for _ in range(due) for paper in self.next()]
            await asyncio.sleep(STEP_SECONDS)
        yield self.rest()

    def next(self) -> list[Paper]:
        """Give what is listed when the next group comes."""
        group = next(self._next)
        self.groups.append(group)
        for record in group.records:
            late = self._source.random() < LATE
            due = group.number + (self._source.randrange(1, LATER_GROUPS) if late else 0)
            heapq.heappush(self._late, (due, next(self._order), record))
        found = []
        while self._late and self._late[0][0] <= group.number:
            found.append(heapq.heappop(self._late)[2])
        return found

    def rest(self) -> list[Paper]:
        """Give what is left to be listed of the groups that came."""
        return [record for _, _, record in self._late]
