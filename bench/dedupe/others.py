"""Dedupe against others on one stream of texts: what each costs, and what it finds.

Run as ``python -m bench.dedupe others``; datasketch is compared where it is installed (extra
``bench``). Each starts from the paper's text, on a Valkey of its own without an append-only file.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import redis.asyncio as redis

from bench.dedupe.pairs import listed
from bench.dedupe.papers import Writer
from bench.dedupe.rewriting import edited
from bench.dedupe.servers import Work, client_of, new_index, running_valkey, work
from services.common.identity import wording
from services.common.records import Paper, Verdict
from services.dedupe.claims import Claim, Owned, Report
from services.dedupe.index import RedisIndex
from services.dedupe.minhash import BANDS, ROWS, VALUES
from services.dedupe.signature import signed
from services.local.valkey import ValkeyServer

try:
    import datasketch
except ImportError:
    datasketch = None

BATCH = 256
SEED = 5
COPIES, NEAR_COPIES = 0.15, 0.05
EDITED = 0.05
CAPACITY = 5_000
"""That the index is laid out for: the number of works, for its memory to be that of a full one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper of the stream; ``truth`` is what is to be said of it."""

    paper: Paper
    truth: Verdict


class Contender(Protocol):
    """Says of each paper of a batch whether it is new; ``round_trips`` counts its requests."""

    round_trips: int

    async def are_new(self, papers: Sequence[Paper]) -> list[bool]: ...


Opened = Callable[[ValkeyServer], AbstractAsyncContextManager[Contender]]


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


class Headrace:
    """The index of this project."""

    def __init__(self, index: RedisIndex, mark: str) -> None:
        self._index = index
        self._mark = mark
        self._offset = 0
        self.round_trips = 0

    async def are_new(self, papers: Sequence[Paper]) -> list[bool]:
        wordings = [wording(paper.title, paper.abstract) for paper in papers]
        claims = [
            Claim(Owned(words.id, 0, self._offset + at), signature)
            for at, (words, signature) in enumerate(
                zip(wordings, signed(papers, wordings), strict=True)
            )
        ]
        answers = await self._index.claim(self._mark, Report(0, self._offset, {}), claims)
        self._offset += len(papers)
        # A second one when the batch is committed, see cost.py.
        await self._index.claim(self._mark, Report(0, self._offset, {}), ())
        self.round_trips += 2
        return [answer.verdict is Verdict.NEW for answer in answers]


class SetNx:
    """SET NX of the wording's id, a pipeline for each batch: copies word for word alone."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._offset = 0
        self.round_trips = 0

    async def are_new(self, papers: Sequence[Paper]) -> list[bool]:
        pipeline = self._client.pipeline(transaction=False)
        for paper in papers:
            key = bytes.fromhex(wording(paper.title, paper.abstract).id)
            pipeline.set(b"paper:" + key, self._offset.to_bytes(10, "big"), nx=True)
            self._offset += 1
        self.round_trips += 1
        return [answer is True for answer in await pipeline.execute()]


class Datasketch:
    """MinHashLSH of datasketch with its Redis storage: query, then insert what nobody is like."""

    def __init__(self, server: ValkeyServer) -> None:
        host, _, port = server.address.rpartition(":")
        self._lsh = datasketch.MinHashLSH(
            num_perm=VALUES,
            params=(BANDS, ROWS),
            storage_config={"type": "redis", "redis": {"host": host, "port": int(port)}},
        )
        self._count = 0
        self.round_trips = 0

    async def are_new(self, papers: Sequence[Paper]) -> list[bool]:
        return [self._is_new(paper) for paper in papers]

    def _is_new(self, paper: Paper) -> bool:
        tokens = wording(paper.title, paper.abstract).text.split()
        sketch = datasketch.MinHash(num_perm=VALUES)
        sketch.update_batch([f"{one} {two}".encode() for one, two in pairwise(tokens)])
        self.round_trips += BANDS
        if self._lsh.query(sketch):
            return False
        self._lsh.insert(str(self._count), sketch)
        self._count += 1
        # A key, and a bucket for each band.
        self.round_trips += 1 + BANDS
        return True


@asynccontextmanager
async def _headrace(server: ValkeyServer) -> AsyncIterator[Contender]:
    async with new_index(server, capacity=CAPACITY) as (index, mark):
        yield Headrace(index, mark)


@asynccontextmanager
async def _set_nx(server: ValkeyServer) -> AsyncIterator[Contender]:
    async with client_of(server) as client:
        yield SetNx(client)


@asynccontextmanager
async def _datasketch(server: ValkeyServer) -> AsyncIterator[Contender]:
    yield Datasketch(server)


async def measured(name: str, opened: Opened, given: Sequence[Listed]) -> Result:
    """Have one contender judge the stream."""
    with running_valkey() as server:
        async with client_of(server) as client, opened(server) as contender:
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


async def show(*, works: int) -> None:
    """Print a line for each."""
    given = stream(works)
    contenders: dict[str, Opened] = {"headrace": _headrace, "SET NX": _set_nx}
    if datasketch is not None:
        contenders["datasketch MinHashLSH"] = _datasketch
    print(f"{len(given):,} records of {works:,} works")
    print(
        f"{'':22}{'records/s':>11}{'client us':>11}{'server us':>11}{'bytes':>8}{'trips':>8}"
        f"{'copies':>9}{'near':>9}{'wrong':>9}"
    )
    for name, opened in contenders.items():
        print(_line(await measured(name, opened, given)), flush=True)
