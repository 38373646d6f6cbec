"""What a stack looks like, second by second: memory, lag, throughput and latency."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import psutil

from bench.soak.house import House
from services.cli.cluster import Cluster, enter
from services.cli.scraped import Between, Scrape, scrape
from services.common.groups import lag
from services.local.process import find
from services.local.stack import Member

STAGES = ("ingest", "dedupe", "embed")
PARSERS = "parsers"
LATENCY = "end_to_end_seconds"
BUCKETS = f"{LATENCY}_bucket"
EVERY_SECONDS = 1.0
LAG_SECONDS = 5.0
TOLD_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One look; what services count goes on over their restarts.

    Args:
        at: seconds since the first.
        memory: resident bytes by process; of the parsers of ingest all together.
        restarts: by process, so far.
        lag: offsets by stage that its group has not passed, of pages for ingest; of the last
            five seconds.
        papers: paper records that dedupe committed.
        enriched: papers that embed committed.
        latency: embed's counts of what took how long.
    """

    at: float
    memory: Mapping[str, int]
    restarts: Mapping[str, int]
    lag: Mapping[str, int]
    papers: float
    enriched: float
    latency: Scrape


class Grown:
    """Counts that go on where a process that is started anew counts from nothing."""

    def __init__(self) -> None:
        self._before: dict[Hashable, float] = {}
        self._last: dict[Hashable, float] = {}

    def total(self, key: Hashable, count: float) -> float:
        """Give the sum of all lives, from what the present one counts."""
        if count < (last := self._last.get(key, 0.0)):
            self._before[key] = self._before.get(key, 0.0) + last
        self._last[key] = count
        return self._before.get(key, 0.0) + count


class Watch:
    """Looks at a stack once a second.

    Not at the metrics of ingest: with many sources they take it 0.1 s of CPU.
    """

    def __init__(self, house: House) -> None:
        self.samples: list[Sample] = []
        self._house = house
        self._grown = Grown()
        self._cluster = enter(house.folder)
        self._lag: Mapping[str, int] = {}
        self._lag_at = 0.0
        self._started = time.monotonic()
        self._told = 0.0

    @property
    def now(self) -> float:
        return time.monotonic() - self._started

    def until(self, done: Callable[[], bool]) -> None:
        """Look until something is done."""
        while not done():
            begun = time.monotonic()
            self.look()
            time.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - begun)))

    def while_runs(self, command: subprocess.Popen[str]) -> None:
        """Look until a command ends."""
        self.until(lambda: command.poll() is not None)

    def look(self) -> None:
        """Take a sample, unless a program of the stack is just being started or does not answer."""
        members = self._house.members()
        dedupe, embed = (scrape(members[stage].address) for stage in ("dedupe", "embed"))
        memory = _memory(members)
        if dedupe is None or embed is None or memory is None:
            return
        self._ask_lag()
        sample = Sample(
            at=self.now,
            memory=memory,
            restarts={name: member.restarts for name, member in members.items()},
            lag=self._lag,
            papers=self._grown.total("papers", dedupe.total("records_total")),
            enriched=self._grown.total("enriched", embed.total("records_total")),
            latency=self._latency(embed),
        )
        self.samples.append(sample)
        if sample.at - self._told >= TOLD_SECONDS:
            self._told = sample.at
            print(f"{sample.at:7.0f} s {told(sample)}", flush=True)

    def _ask_lag(self) -> None:
        """Ask Kafka from time to time: what a service itself knows is the end at its last fetch."""
        if not self._lag or self.now - self._lag_at >= LAG_SECONDS:
            self._lag_at, self._lag = self.now, asyncio.run(_lags(self._cluster))

    def _latency(self, found: Scrape) -> Scrape:
        buckets = found.series.get(BUCKETS, {})
        total = {labels: self._grown.total(labels, count) for labels, count in buckets.items()}
        return Scrape(found.at, {BUCKETS: total})


def told(sample: Sample) -> str:
    """Give a sample as a line."""
    left = ", ".join(f"{stage} {count:,}" for stage, count in sample.lag.items())
    memory = ", ".join(f"{name} {size / 2**20:,.0f}" for name, size in sample.memory.items())
    load, restarts = psutil.getloadavg()[0], sum(sample.restarts.values())
    return (
        f"papers {sample.papers:,.0f}; lag {left}; MiB {memory}; load {load:.0f}; "
        f"restarts {restarts}"
    )


def latency(before: Sample, after: Sample, share: float) -> float | None:
    """Give a quantile of the end-to-end seconds of what was committed in between."""
    return Between(before.latency, after.latency).quantile(LATENCY, share)


async def _lags(cluster: Cluster) -> dict[str, int]:
    return {
        stage.name: sum(
            (await lag(cluster.clients, stage.group, cluster.full_name(stage.source))).values()
        )
        for stage in cluster.stages()
    }


def _memory(members: Mapping[str, Member]) -> dict[str, int] | None:
    """Give resident bytes by process; None where one of them has just ended."""
    processes = {name: find(member.process) for name, member in members.items()}
    found = {name: _resident(each) for name, each in processes.items() if each is not None}
    if not all(found.get(name) for name in members):
        return None
    ingest = processes["ingest"]
    assert ingest is not None
    with contextlib.suppress(psutil.NoSuchProcess):
        return found | {PARSERS: sum(map(_resident, ingest.children()))}
    return None


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
