"""Pages as the traffic of a campaign: all three services, and exact copies only."""

from __future__ import annotations

import asyncio

from services.common.topics import PAGES
from tests.faults.checker import findings
from tests.faults.evidence import gathered
from tests.faults.flow import Feeder
from tests.faults.schedule import PageFeed
from tests.faults.sender import Sender
from tests.faults.traffic import Judgement
from tests.pipeline import Pipeline


class PageTraffic(Feeder):
    """Pages on their topic; what is listed must come out once everywhere."""

    def __init__(self, pipeline: Pipeline, feed: PageFeed, *, partitions: int, seed: int) -> None:
        sender = Sender(pipeline.clients, pipeline.topics.full_name(PAGES))
        super().__init__(sender, feed, partitions=partitions, seed=seed)
        self._pipeline = pipeline

    async def drained(self, timeout: float) -> str:
        done = await asyncio.to_thread(self._pipeline.command, "drain", "--timeout", str(timeout))
        return done.stderr if done.returncode else ""

    async def judged(self) -> Judgement:
        evidence = await gathered(self._pipeline, self.fed)
        audit = await asyncio.to_thread(self._pipeline.command, "audit")
        listed = len(evidence.listed)
        wordings = len({one.wording for one in evidence.listed})
        return Judgement(
            records=listed,
            told=(
                f"{listed:,} papers listed, {1 - wordings / listed:.0%} of them again; "
                f"{len(evidence.sightings):,} sightings, {wordings:,} wordings, "
                f"{len(evidence.unique):,} on unique, {len(evidence.enriched):,} on enriched"
            ),
            promise="Nothing is lost, nothing is double, and the audit agrees.",
            findings=(
                *findings(evidence),
                *([f"audit: {audit.stdout}{audit.stderr}"] if audit.returncode else []),
            ),
        )
