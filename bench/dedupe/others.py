"""Dedupe against others on one stream of texts: what each costs, and what it finds.

Run as ``python -m bench.dedupe others``; datasketch is compared where it is installed. Each starts
from the paper's text, on a Valkey of its own without an append-only file.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import chart
from bench.dedupe.contenders import CONTENDERS, Opened
from bench.dedupe.pairs import listed
from bench.dedupe.papers import Writer
from bench.dedupe.rewriting import edited
from bench.dedupe.servers import Work, client_of, running_valkey, work
from services.common.records import Paper, Verdict

BATCH = 256
SEED = 5
COPIES, NEAR_COPIES = 0.15, 0.05
EDITED = 0.05


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper of the stream; ``truth`` is what is to be said of it."""

    paper: Paper
    truth: Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """What a contender did with the stream; ``said_new`` by what was true."""

    name: str
    records: int
    seconds: float
    client_seconds: float
    work: Work
    round_trips: int
    counts: dict[Verdict, int]
    said_new: dict[Verdict, int]


def stream(works: int) -> list[Listed]:
    """Give papers of so many works: 80 % new, 15 % word for word again, 5 % in other words."""
    writer, seen, given = Writer(random.Random(SEED)), list[Paper](), list[Listed]()
    while len(seen) < works:
        fate = writer.chance.random() if seen else 1.0
        if fate < COPIES:
            given.append(Listed(writer.chance.choice(seen), Verdict.EXACT))
        elif fate < COPIES + NEAR_COPIES:
            one = writer.chance.choice(seen)
            text = edited(one.abstract or "", EDITED, writer)
            given.append(Listed(listed(one.title, text), Verdict.NEAR))
        else:
            paper = writer.paper()
            seen.append(listed(paper.title, paper.abstract))
            given.append(Listed(seen[-1], Verdict.NEW))
    return given


async def measured(name: str, opened: Opened, given: Sequence[Listed]) -> Result:
    """Have one contender judge the stream."""
    with running_valkey() as server:
        async with client_of(server) as client, opened(server.url, 0) as contender:
            await client.config_set("appendonly", "no")
            before, wall, cpu = await work(client), time.perf_counter(), time.process_time()
            new: list[bool] = []
            for at in range(0, len(given), BATCH):
                new += await contender.are_new([each.paper for each in given[at : at + BATCH]])
            seconds, client_seconds = time.perf_counter() - wall, time.process_time() - cpu
            done = await work(client) - before
    verdicts = (Verdict.NEW, Verdict.EXACT, Verdict.NEAR)
    truths = [each.truth for each in given]
    said = [truth for truth, is_new in zip(truths, new, strict=True) if is_new]
    return Result(
        name=name,
        records=len(given),
        seconds=seconds,
        client_seconds=client_seconds,
        work=done,
        round_trips=contender.round_trips,
        counts={verdict: truths.count(verdict) for verdict in verdicts},
        said_new={verdict: said.count(verdict) for verdict in verdicts},
    )


def _line(of: Result) -> str:
    found = {each: 1 - of.said_new[each] / of.counts[each] for each in of.counts}
    return (
        f"{of.name:22}{of.records / of.seconds:11,.0f}{1e6 * of.client_seconds / of.records:11.1f}"
        f"{1e6 * of.work.cpu_seconds / of.records:11.1f}"
        f"{of.work.bytes / max(1, of.said_new[Verdict.NEW]):8,.0f}"
        f"{BATCH * of.round_trips / of.records:8,.0f}"
        f"{found[Verdict.EXACT]:9.2%}{found[Verdict.NEAR]:9.2%}{found[Verdict.NEW]:9.3%}"
    )


async def show(*, works: int) -> dict[str, Result]:
    """Print a line for each."""
    given = stream(works)
    print(f"{len(given):,} records of {works:,} works")
    print(
        f"{'':22}{'records/s':>11}{'client us':>11}{'server us':>11}{'bytes':>8}{'trips':>8}"
        f"{'copies':>9}{'near':>9}{'wrong':>9}"
    )
    results: dict[str, Result] = {}
    for name, opened in CONTENDERS.items():
        results[name] = await measured(name, opened, given)
        print(_line(results[name]), flush=True)
    return results


def drawn(results: Mapping[str, Result]) -> str:
    """Draw the rates."""
    rates = {name: each.records / each.seconds for name, each in results.items()}
    return chart.bars("Papers told apart on one core of a client", "records a second", rates)
