"""Groups of near copies as the traffic of a campaign: they race across the lanes of dedupe."""

from __future__ import annotations

import asyncio
import time

from services.common import groups as kafka_groups
from services.common.codec import encode
from services.common.records import Paper
from services.common.topics import PAPERS
from tests.faults.arrivals import Arrivals
from tests.faults.coverage import findings, told
from tests.faults.evidence import left, of_groups
from tests.faults.schedule import GroupFeed
from tests.faults.sender import Sender, ToSend
from tests.faults.traffic import Judgement
from tests.pipeline import Pipeline

LOOK_SECONDS = 0.3


class Race:
    """Groups on ``papers``, keyed by wording id as by ingest; a ``Traffic``.

    Most records of a group are sent at once and race, each wording in the lane of its key.
    """

    def __init__(self, pipeline: Pipeline, feed: GroupFeed, *, seed: int) -> None:
        self.enough = False
        self._pipeline = pipeline
        self._feed = feed
        self._papers = pipeline.topics.full_name(PAPERS)
        self._sender = Sender(pipeline.clients, self._papers)
        self._arrivals = Arrivals(seed)

    async def run(self) -> None:
        """Feed; what was missed while the broker was away is made good at once."""
        async for papers in self._arrivals.paced(self._feed, lambda: self.enough):
            await self._sender.send(list(map(_record, papers)))
        await self._sender.close()

    async def drained(self, timeout: float) -> str:
        group, deadline = self._pipeline.group("dedupe"), time.monotonic() + timeout
        while any((lag := await self._lag(group)).values()):
            if time.monotonic() > deadline:
                return f"dedupe has {sum(lag.values())} offsets of papers left"
            await asyncio.sleep(LOOK_SECONDS)
        return ""

    async def judged(self) -> Judgement:
        evidence = of_groups(await left(self._pipeline), self._arrivals.groups)
        found = findings(evidence)
        verify = await asyncio.to_thread(self._pipeline.command, "index", "verify", "--all")
        differs = [f"index verify: {verify.stdout}{verify.stderr}"] if verify.returncode else []
        return Judgement(
            records=len(evidence.papers),
            told=told(evidence, found),
            promise="Each group is covered once, none is lost, and the index agrees with the log.",
            findings=(*map(str, found), *differs),
        )

    async def _lag(self, group: str) -> dict[int, int]:
        return await kafka_groups.lag(self._pipeline.clients, group, self._papers)


def _record(paper: Paper) -> ToSend:
    return ToSend(encode(paper), key=paper.wording_id.encode())
