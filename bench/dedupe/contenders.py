"""Those that tell copies apart, each on a server that several processes may use at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import pairwise
from typing import Protocol
from urllib.parse import urlsplit

import redis.asyncio as redis

from bench.dedupe.servers import TIMEOUT_SECONDS
from services.common.identity import wording
from services.common.records import Paper, Verdict
from services.dedupe.claims import Answer, Claim, Owned, Report
from services.dedupe.index import RedisIndex, open_index
from services.dedupe.minhash import BANDS, ROWS, VALUES
from services.dedupe.settings import DedupeSection, RedisSettings
from services.dedupe.signature import signed

try:
    import datasketch
except ImportError:
    datasketch = None

CAPACITY = 5_000
"""That the index is laid out for: the number of works, for its memory to be that of a full one."""

WAIT_SECONDS = 0.002


class Contender(Protocol):
    """Says of each paper of a batch whether it is new; ``round_trips`` counts its requests."""

    round_trips: int

    async def are_new(self, papers: Sequence[Paper]) -> list[bool]: ...


class Headrace:
    """The index of this project."""

    def __init__(self, index: RedisIndex, mark: str, lane: int) -> None:
        self._index = index
        self._mark = mark
        self._lane = lane
        self._committed = 0
        self.round_trips = 0

    async def are_new(self, papers: Sequence[Paper]) -> list[bool]:
        wordings = [wording(paper.title, paper.abstract) for paper in papers]
        claims = [
            Claim(Owned(words.id, self._lane, self._committed + at), signature)
            for at, (words, signature) in enumerate(
                zip(wordings, signed(papers, wordings), strict=True)
            )
        ]
        answers: list[Answer] = []
        while len(answers) < len(claims):
            given = await self._claim(claims[len(answers) :])
            answers += given
            if not given:
                # A near copy of a paper that another lane has yet to commit.
                await asyncio.sleep(WAIT_SECONDS)
        return [answer.verdict is Verdict.NEW for answer in answers]

    async def _claim(self, claims: Sequence[Claim]) -> Sequence[Answer]:
        report = Report(self._lane, self._committed, {})
        answers = await self._index.claim(self._mark, report, claims)
        self._committed += len(answers)
        # A second one when the batch is committed, see cost.py.
        await self._index.claim(self._mark, Report(self._lane, self._committed, {}), ())
        self.round_trips += 2
        return answers


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

    def __init__(self, url: str, lane: int) -> None:
        address = urlsplit(url)
        self._lane = lane
        self._lsh = datasketch.MinHashLSH(
            num_perm=VALUES,
            params=(BANDS, ROWS),
            storage_config={
                "type": "redis",
                "basename": b"papers",
                "redis": {"host": address.hostname, "port": address.port},
            },
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
        self._lsh.insert(f"{self._lane}-{self._count}", sketch)
        self._count += 1
        # A key, and a bucket for each band.
        self.round_trips += 1 + BANDS
        return True


@asynccontextmanager
async def _headrace(url: str, lane: int) -> AsyncIterator[Contender]:
    settings = RedisSettings(url=url, timeout_seconds=TIMEOUT_SECONDS)
    section = DedupeSection(capacity=CAPACITY)
    async with open_index(settings, section, binding="bench") as index:
        if (lock := await index.lock()) is not None:
            await index.restore(lock, (), done=True)
        mark = await index.learn()
        assert mark is not None
        yield Headrace(index, mark, lane)


@asynccontextmanager
async def _set_nx(url: str, _lane: int) -> AsyncIterator[Contender]:
    async with redis.Redis.from_url(url, protocol=3) as client:
        yield SetNx(client)


@asynccontextmanager
async def _datasketch(url: str, lane: int) -> AsyncIterator[Contender]:
    yield Datasketch(url, lane)


Opened = Callable[[str, int], AbstractAsyncContextManager[Contender]]

CONTENDERS: dict[str, Opened] = {"headrace": _headrace, "SET NX": _set_nx}
"""How each is opened, on which server, and by which of those that use it at once."""

if datasketch is not None:
    CONTENDERS["datasketch MinHashLSH"] = _datasketch
