"""Takes papers down while everything fails, by the command that an operator has."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from services.common.errors import ExitStatus
from tests.faults.groups import Group
from tests.faults.schedule import PageFeed
from tests.pipeline import Pipeline

YOUNGEST, OLDEST = 200, 2_000
"""Groups since: a paper must be out to be taken down, and may still be listed again."""

TIMEOUT_SECONDS = "30"
TRIES = 30
STEP_SECONDS = 0.5
NOT_OUT = "yet: try again"
"""What the command says of a paper that is claimed, and may not come out: it asked for nothing."""


class Takedowns:
    """Takes one paper down after the other, and brings half of them back.

    Args:
        pipeline: whose papers they are.
        groups: that were fed; more are added meanwhile.
        feed: says how often.
        seed: of the choice of the papers.
    """

    def __init__(
        self, pipeline: Pipeline, groups: Sequence[Group], feed: PageFeed, *, seed: int
    ) -> None:
        self.enough = False
        self.asked: dict[str, bool] = {}
        """The papers that were taken down, and whether they were brought back."""
        self.uncertain: set[str] = set()
        """Those of which nobody was told: the index lost what had only been claimed."""
        self.failed: list[str] = []
        self._pipeline = pipeline
        self._groups = groups
        self._feed = feed
        self._source = random.Random(seed)

    async def run(self) -> None:
        """Take down until it is enough; what was begun is finished."""
        while not self.enough:
            await asyncio.sleep(self._source.uniform(0, 2 * self._feed.takedown_seconds))
            if old := self._groups[-OLDEST:-YOUNGEST]:
                await self._take_down(self._source.choice(old).wordings[0])

    async def _take_down(self, paper: str) -> None:
        is_back = self._source.random() < 0.5
        if not await self._done(paper, "--yes"):
            return
        self.asked[paper] = False
        if is_back and await self._done(paper, "--undo"):
            self.asked[paper] = True

    async def _done(self, paper: str, *how: str) -> bool:
        """Ask until it is done; False for what is no paper, or none that is out."""
        sent = False
        for _ in range(TRIES):
            done = await asyncio.to_thread(
                self._pipeline.command, "forget", paper, *how, "--timeout", TIMEOUT_SECONDS
            )
            # A try that had its effect and could not tell leaves a paper that has come back.
            if done.returncode == 0 or (sent and "is not forgotten" in done.stderr):
                return True
            if done.returncode == ExitStatus.CONFIGURATION or (not sent and NOT_OUT in done.stderr):
                if sent:
                    self.uncertain.add(paper)
                return False
            sent = True
            await asyncio.sleep(STEP_SECONDS)
        self.failed.append(f"takedown: {paper} {' '.join(how)}: {done.stderr}")
        return False
