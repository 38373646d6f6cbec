"""Everything fails at random while papers flow: ``python -m tests.faults.campaign --seed N``.

Real workers on a Kafka and a Valkey of their own. The order of the faults comes from the seed; what
each of them meets does not, so that every run of a seed is another one.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from services.common.admin import create_topics
from services.local.ports import free_port
from services.local.valkey import ValkeyServer
from tests.faults import supervisor
from tests.faults.history import History
from tests.faults.links import LinkedKafka, Links
from tests.faults.pages import PageTraffic
from tests.faults.race import Race
from tests.faults.recovery import Watch
from tests.faults.report import Measured, Report
from tests.faults.schedule import (
    LONG,
    RACE_LONG,
    RACE_SHORT,
    RECOVERY,
    SHORT,
    Fault,
    PageFeed,
    Plan,
    schedule,
)
from tests.faults.strikes import Striker
from tests.faults.supervisor import Supervisor
from tests.faults.tasks import ended_in_order, running_beside
from tests.faults.traffic import Traffic
from tests.pipeline import Pipeline

PLANS = ((SHORT, LONG), (RACE_SHORT, RACE_LONG))
"""Those of pages and those of dedupe alone: the short and the long one."""

RECOVERY_SECONDS = 120.0
IDLE_SECONDS = 60.0
DRAIN_SECONDS = 300


async def campaign(
    plan: Plan, seed: int, folder: Path, new_port: Callable[[], int], say: Callable[[str], None]
) -> Report:
    """Run one, and give what came of it.

    Args:
        plan: how hard.
        seed: of the faults, and of the papers.
        folder: for all data and logs.
        new_port: gives a free port.
        say: told of each fault when it is over.
    """
    kafka = LinkedKafka(folder / "kafka", new_port, plan.services)
    valkey = ValkeyServer(folder / "valkey", new_port())
    links = Links(kafka, valkey, new_port)
    try:
        await links.start()
        for server in (kafka, valkey):
            await asyncio.to_thread(server.start)
        for server in (kafka, valkey):
            await asyncio.to_thread(server.wait_ready)
        return await Campaign(plan, seed, folder, new_port, kafka, valkey, links).run(say)
    finally:
        await links.stop()
        valkey.stop()
        kafka.stop()


class Campaign:
    """One campaign on running servers."""

    def __init__(
        self,
        plan: Plan,
        seed: int,
        folder: Path,
        new_port: Callable[[], int],
        kafka: LinkedKafka,
        valkey: ValkeyServer,
        links: Links,
    ) -> None:
        self._plan = plan
        self._seed = seed
        timeout = str(plan.session_timeout)
        environment = {
            "HEADRACE_LOG__FORMAT": "json",
            "HEADRACE_STREAM__SESSION_TIMEOUT_SECONDS": timeout,
        }
        self._pipeline = Pipeline(
            kafka,
            valkey,
            folder,
            new_port,
            services=plan.services,
            workers=plan.workers,
            environment=environment,
            settings_of=links.settings,
        )
        self._history = History(valkey, folder)
        self._watch = Watch(self._pipeline, plan.services, plan.partitions)
        self._striker = Striker(
            plan,
            kafka=kafka,
            valkey=valkey,
            pipeline=self._pipeline,
            history=self._history,
            links=links,
            source=random.Random(seed),
        )
        self._traffic = _traffic(self._pipeline, plan, seed)
        self._supervisor = Supervisor(self._pipeline.services.values())
        self._measured: list[Measured] = []
        self._idlers: list[str] = []

    async def run(self, say: Callable[[str], None]) -> Report:
        """Feed, strike, drain, stop, and read all of it."""
        started = time.monotonic()
        pipeline = self._pipeline
        await create_topics(pipeline.kafka, pipeline.topics, partitions=self._plan.partitions)
        self._supervisor.start()
        try:
            beside = (self._supervisor.run(), self._watch.run(), self._history.run())
            async with running_beside(*beside) as group:
                feeding = group.create_task(self._traffic.run())
                await self._strike_all(say)
                self._traffic.enough = True
                await feeding
                left = await self._traffic.drained(DRAIN_SECONDS)
        finally:
            await asyncio.to_thread(pipeline.stop)
        seconds = time.monotonic() - started
        say(f"through after {seconds:.0f} s; reading all of it")
        return await self._report(left, seconds)

    async def _strike_all(self, say: Callable[[str], None]) -> None:
        # From the first committed papers on: a fault before them would meet nothing.
        await self._recovery(self._plan.services, time.monotonic())
        started = time.monotonic()
        for number, fault in enumerate(schedule(self._plan, self._seed), start=1):
            await asyncio.sleep(fault.pause)
            measured = await self._strike(fault)
            self._measured.append(measured)
            say(f"{time.monotonic() - started:6.1f} s {number:3} {measured}")
        # The last ones may have come one upon the other.
        await self._recovery(self._plan.services, time.monotonic())
        self._idlers = await supervisor.idlers(self._pipeline, seconds=IDLE_SECONDS)

    async def _strike(self, fault: Fault) -> Measured:
        struck = await self._striker.strike(fault)
        if not fault.settles:
            return Measured(fault, struck, None)
        stages = (fault.stage,) if fault.stage else self._plan.services
        return Measured(fault, struck, await self._recovery(stages, struck.at))

    async def _recovery(self, stages: Sequence[str], since: float) -> float:
        """Give the seconds until the last of the stages had recovered, or the most of them."""
        try:
            async with asyncio.timeout(RECOVERY_SECONDS):
                return await self._watch.recovery(stages, since)
        except TimeoutError:
            return RECOVERY_SECONDS

    async def _report(self, left: str, seconds: float) -> Report:
        judgement = await self._traffic.judged()
        logs = [each.log for each in self._pipeline.services.values()]
        ends = self._supervisor.ends
        stuck = [each for each in self._measured if (each.seconds or 0) >= RECOVERY_SECONDS]
        return Report(
            plan=self._plan,
            seed=self._seed,
            seconds=seconds,
            judgement=judgement,
            measured=self._measured,
            ends=ends,
            events=supervisor.events(logs),
            findings=(
                *([f"drain: {left}"] if left else []),
                *judgement.findings,
                *self._idlers,
                *supervisor.unexpected(ends, kills=self._striker.kills),
                *(f"no recovery within {RECOVERY_SECONDS:.0f} s: {each}" for each in stuck),
            ),
        )


def _traffic(pipeline: Pipeline, plan: Plan, seed: int) -> Traffic:
    if isinstance(plan.feed, PageFeed):
        return PageTraffic(pipeline, plan.feed, partitions=plan.partitions, seed=seed)
    return Race(pipeline, plan.feed, seed=seed)


def main() -> int:
    """Run a campaign, print its report, and give 1 where anything is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--long", action="store_true", help="a quarter of an hour of faults")
    parser.add_argument("--dedupe", action="store_true", help="groups of near copies, dedupe alone")
    parser.add_argument("--recovery", action="store_true", help="one fault at a time, to be timed")
    given = parser.parse_args()
    plan = RECOVERY if given.recovery else PLANS[given.dedupe][given.long]
    # The clients of this process tell at length that the broker is away: it is.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="headrace-faults-"))
    print(f"seed {given.seed}, data and logs in {folder}")
    for number, fault in enumerate(schedule(plan, given.seed), start=1):
        print(f"{number:4} {fault}")
    report = asyncio.run(ended_in_order(campaign(plan, given.seed, folder, port_chooser(), _say)))
    print(f"\n{report}")
    if report.findings:
        return 1
    shutil.rmtree(folder)
    return 0


def _say(said: str) -> None:
    print(said, flush=True)


def port_chooser() -> Callable[[], int]:
    """Give a function that gives free ports, another one each time."""
    taken: set[int] = set()

    def choose() -> int:
        port = free_port(random.randrange(12_000, 32_000), taken=taken)
        taken.add(port)
        return port

    return choose


if __name__ == "__main__":
    sys.exit(main())
