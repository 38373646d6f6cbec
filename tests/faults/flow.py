"""The pages of a campaign, and what they list."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from services.common.identity import page_id
from tests.faults.schedule import PageFeed
from tests.faults.sender import Sender, ToSend
from tests.invented import paper
from tests.pipeline import BANNER

RECENT = 100
"""Half of the duplicates repeat one of so many papers before them, while those are on their way."""


@dataclass(frozen=True)
class FedPage:
    """A page and the wording ids of the papers that it lists, in their order."""

    value: bytes
    wordings: tuple[str, ...]

    @property
    def page_id(self) -> str:
        return page_id(self.value)


def flow(seed: int, *, papers_a_page: int, duplicates: float) -> Iterator[FedPage]:
    """Yield pages of invented papers in one of the text layouts, for ever.

    Args:
        seed: the same seed, the same pages.
        papers_a_page: listed on each.
        duplicates: share of the papers that repeat an earlier one.
    """
    source = random.Random(seed)
    distinct = 0
    while True:
        listed = []
        for _ in range(papers_a_page):
            if distinct and source.random() < duplicates:
                first = max(0, distinct - RECENT) if source.random() < 0.5 else 0
                number = source.randrange(first, distinct)
            else:
                number, distinct = distinct, distinct + 1
            listed.append(paper((seed, number), words=40))
        lines = "".join(f"{one.title}\n{one.abstract}\n" for one in listed)
        value = f"{BANNER}Subscribe{lines}".encode()
        yield FedPage(value, tuple(one.wording_id for one in listed))


class Feeder:
    """Feeds pages at a rate to all partitions in turn, until it is told that it is enough.

    A page whose acknowledgement was lost with the broker is sent again: it may be on the topic
    twice, and then lists its papers twice.
    """

    def __init__(self, sender: Sender, feed: PageFeed, *, partitions: int, seed: int) -> None:
        self.fed: list[FedPage] = []
        self.enough = False
        self._sender = sender
        self._feed = feed
        self._partitions = partitions
        self._pages = flow(seed, papers_a_page=feed.papers_a_page, duplicates=feed.duplicates)

    async def run(self) -> None:
        """Feed; what was missed while the broker was away is made good at once."""
        pages_a_second = self._feed.papers_a_second / self._feed.papers_a_page
        started = time.monotonic()
        while not self.enough or self.papers < self._feed.papers:
            due = int((time.monotonic() - started) * pages_a_second) - len(self.fed)
            await self._sender.send([self._next() for _ in range(due)])
            await asyncio.sleep(0.02)
        await self._sender.close()

    @property
    def papers(self) -> int:
        return len(self.fed) * self._feed.papers_a_page

    def _next(self) -> ToSend:
        page = next(self._pages)
        self.fed.append(page)
        return ToSend(page.value, partition=(len(self.fed) - 1) % self._partitions)
