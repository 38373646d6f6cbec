"""How many owners a group of copies gets where four processes see its copies at the same time.

Part of ``python -m bench.dedupe others``.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from bench import chart
from bench.dedupe.contenders import CONTENDERS
from bench.dedupe.pairs import listed
from bench.dedupe.papers import Writer
from bench.dedupe.rewriting import edited
from bench.dedupe.servers import client_of, running_valkey
from services.common.records import Paper

RACERS = 4
SEED = 8
EDITED = 0.05
BATCH = 32


@dataclass(frozen=True, slots=True)
class Race:
    """What came of it: owners of each group."""

    name: str
    owners: Sequence[int]

    @property
    def doubled(self) -> int:
        return sum(each > 1 for each in self.owners)

    @property
    def lost(self) -> int:
        return self.owners.count(0)


def copies(racer: int, groups: int) -> list[Paper]:
    """Give what one racer sees: of each group the paper itself, or a copy of its own wording.

    The first two see it word for word, the others with words of the abstract edited.
    """
    writer, seen = Writer(random.Random(SEED)), list[Paper]()
    for _ in range(groups):
        paper = writer.paper()
        texts = [edited(paper.abstract, EDITED, writer) for _ in range(RACERS - 2)]
        seen.append(listed(paper.title, [paper.abstract, paper.abstract, *texts][racer]))
    return seen


def raced(name: str, url: str, racer: int, groups: int, start: Barrier) -> list[bool]:
    """See the copies as one of the processes, and say of each whether it was new."""

    async def run() -> list[bool]:
        given, new = copies(racer, groups), list[bool]()
        async with CONTENDERS[name](url, racer) as contender:
            await asyncio.to_thread(start.wait)
            for at in range(0, len(given), BATCH):
                new += await contender.are_new(given[at : at + BATCH])
        return new

    return asyncio.run(run())


async def owners(name: str, groups: int) -> Race:
    """Have four processes race on one server."""
    with running_valkey() as server:
        async with client_of(server) as client:
            await client.config_set("appendonly", "no")
        # Opened here first: what one of them has to prepare is there for all.
        async with CONTENDERS[name](server.url, 0):
            said = await asyncio.to_thread(_run, name, server.url, groups)
    counts = Counter(group for new in said for group, is_new in enumerate(new) if is_new)
    return Race(name, [counts[group] for group in range(groups)])


def _run(name: str, url: str, groups: int) -> list[list[bool]]:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(RACERS, mp_context=context) as pool:
        start = manager.Barrier(RACERS)
        racers = [pool.submit(raced, name, url, at, groups, start) for at in range(RACERS)]
        return [racer.result() for racer in racers]


async def show(*, groups: int) -> list[Race]:
    """Print a line for each."""
    print(f"\n{groups:,} groups of copies, one copy for each of {RACERS} processes")
    print(f"{'':22}{'owners a group':>16}{'doubled':>10}{'lost':>8}")
    races: list[Race] = []
    for name in CONTENDERS:
        race = await owners(name, groups)
        mean = sum(race.owners) / groups
        print(f"{name:22}{mean:16.3f}{race.doubled:10,}{race.lost:8,}", flush=True)
        races.append(race)
    return races


def drawn(races: Sequence[Race]) -> str:
    """Draw the owners of a group; one is right."""
    owners = {race.name: sum(race.owners) / len(race.owners) for race in races}
    title = f"{RACERS} processes see copies of a paper at the same time"
    return chart.bars(title, "owners a paper gets; one is right", owners)
