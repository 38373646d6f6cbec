"""The pages of a campaign, and what they list."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.common.clients import KafkaClients
from services.common.errors import Fatal
from services.common.identity import page_id
from tests.faults.schedule import Plan
from tests.invented import paper
from tests.pipeline import BANNER

RECENT = 100
"""Half of the duplicates repeat one of so many papers before them, while those are on their way."""

SEND_SECONDS = 20.0


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

    A page whose acknowledgement was lost with the broker is sent again, as a crawler would: it may
    be on the topic twice, and then lists its papers twice.
    """

    def __init__(self, clients: KafkaClients, topic: str, plan: Plan, seed: int) -> None:
        self.fed: list[FedPage] = []
        self.enough = False
        self._clients = clients
        self._topic = topic
        self._plan = plan
        self._pages = flow(seed, papers_a_page=plan.papers_a_page, duplicates=plan.duplicates)
        self._producer: AIOKafkaProducer | None = None

    async def run(self) -> None:
        """Feed; what was missed while the broker was away is made good at once."""
        pages_a_second = self._plan.papers_a_second / self._plan.papers_a_page
        started = time.monotonic()
        while not self.enough or self.papers < self._plan.papers:
            due = int((time.monotonic() - started) * pages_a_second) - len(self.fed)
            for _ in range(due):
                await self._feed(next(self._pages))
            await asyncio.sleep(0.02)
        await self._close()

    @property
    def papers(self) -> int:
        return len(self.fed) * self._plan.papers_a_page

    async def _feed(self, page: FedPage) -> None:
        partition = len(self.fed) % self._plan.partitions
        self.fed.append(page)
        while True:
            try:
                if self._producer is None:
                    self._producer = await self._clients.started(self._clients.producer)
                async with asyncio.timeout(SEND_SECONDS):
                    await self._producer.send_and_wait(self._topic, page.value, partition=partition)
                return
            except (KafkaError, TimeoutError, Fatal):
                await self._close()

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(2.0):
                    await producer.stop()
            except (KafkaError, TimeoutError):
                return
