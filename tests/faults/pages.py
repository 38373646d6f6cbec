"""Pages as the traffic of a campaign: all three services, and everything that may flow."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

from services.common.topics import PAGES
from tests.faults import checker, coverage, evidence
from tests.faults.arrivals import Arrivals
from tests.faults.press import FedPage, Press
from tests.faults.schedule import PageFeed
from tests.faults.sender import Sender, ToSend
from tests.faults.takedowns import Takedowns
from tests.faults.traffic import Judgement
from tests.pipeline import Pipeline


class PageTraffic:
    """Pages of several layouts, takedowns between them; a ``Traffic``.

    What is listed must come out once everywhere, each group of near copies must be covered once,
    and what was taken down must stay down. A page whose acknowledgement was lost with the broker is
    sent again: it may be on the topic twice, and then lists its papers twice.
    """

    def __init__(self, pipeline: Pipeline, feed: PageFeed, *, partitions: int, seed: int) -> None:
        self.enough = False
        self._fed: list[FedPage] = []
        self._pipeline = pipeline
        self._feed = feed
        self._partitions = partitions
        self._arrivals = Arrivals(seed)
        self._press = Press(seed, papers_a_page=feed.papers_a_page)
        self._sender = Sender(pipeline.clients, pipeline.topics.full_name(PAGES))
        self._takedowns = Takedowns(pipeline, self._arrivals.groups, feed, seed=seed)

    async def run(self) -> None:
        """Feed; what was missed while the broker was away is made good at once."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._takedowns.run())
            await self._feed_all()
            self._takedowns.enough = True
        await self._sender.close()

    async def drained(self, timeout: float) -> str:
        done = await asyncio.to_thread(self._pipeline.command, "drain", "--timeout", str(timeout))
        return done.stderr if done.returncode else ""

    async def judged(self) -> Judgement:
        left = await evidence.left(self._pipeline)
        pages = evidence.of_pages(left, self._fed)
        groups = evidence.of_groups(left, self._arrivals.groups)
        found = coverage.findings(groups)
        audit = await asyncio.to_thread(self._pipeline.command, "audit")
        return Judgement(
            records=len(pages.listed),
            told=(
                f"{_told(pages)} {coverage.told(groups, found)}; "
                f"{len(self._takedowns.asked)} papers taken down, "
                f"{sum(self._takedowns.asked.values())} of them brought back"
            ),
            promise="Nothing is lost, nothing is double, and the audit agrees.",
            findings=(
                *checker.findings(pages),
                *map(str, found),
                *checker.misjudged(pages, self._takedowns.asked, self._takedowns.uncertain),
                *self._takedowns.failed,
                *([f"audit: {audit.stdout}{audit.stderr}"] if audit.returncode else []),
            ),
        )

    async def _feed_all(self) -> None:
        async for papers in self._arrivals.paced(self._feed, lambda: self.enough):
            await self._send(self._press.pages(papers))
        await self._send(self._press.rest())

    async def _send(self, pages: Iterator[FedPage]) -> None:
        records = []
        for page in pages:
            records.append(ToSend(page.value, partition=len(self._fed) % self._partitions))
            self._fed.append(page)
        await self._sender.send(records)


def _told(pages: checker.Evidence) -> str:
    layouts = Counter(pages.layouts)
    sent = ", ".join(f"{count:,} {layout}" for layout, count in sorted(layouts.items()))
    return (
        f"{layouts.total():,} pages ({sent}) that list {len(pages.listed):,} papers; "
        f"{len(pages.sightings):,} sightings, {len(pages.unique):,} on unique, "
        f"{len(pages.enriched):,} on enriched;"
    )
