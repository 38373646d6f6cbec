"""What a record costs the client, from its JSON to the packed claim: one core, no server.

Run as ``python -m bench.dedupe client``.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.dedupe.pairs import listed
from bench.dedupe.papers import Writer
from services.common.codec import encode
from services.common.outcomes import Headers
from services.dedupe.claims import Answer, Claim, Owned, Report
from services.dedupe.handler import CLAIM_RECORDS, DedupeSession

ROUNDS = 15
SEED = 4


@dataclass(frozen=True)
class Record:
    """An input record as Kafka would give it."""

    value: bytes
    offset: int
    key: bytes | None = None
    topic: str = "listings.papers.v1"
    partition: int = 0
    timestamp: int = 1_700_000_000_000
    headers: Headers = ()


def records(count: int) -> list[Record]:
    """Give records of invented papers."""
    writer = Writer(random.Random(SEED))
    papers = (writer.paper() for _ in range(count))
    return [
        Record(encode(listed(paper.title, paper.abstract)), offset)
        for offset, paper in enumerate(papers)
    ]


class Packing:
    """An index that packs what it is asked and says nothing."""

    async def claim(self, mark: str, report: Report, claims: Sequence[Claim]) -> list[Answer]:  # noqa: ARG002
        b"".join(claim.packed() for claim in claims)
        return []

    async def learn(self) -> str:
        return "mark"

    async def release(self, mark: str, paper: Owned) -> None:
        raise NotImplementedError

    async def passed(self, lane: int) -> int:  # noqa: ARG002
        return 0

    async def forget(self) -> None:
        raise NotImplementedError


class Ready:
    """A catch-up that has nothing to do."""

    doing = None

    async def run(self) -> None:
        raise NotImplementedError


async def show(*, papers: int) -> None:
    """Print the CPU of a record and how many a core does in a second."""
    session = DedupeSession(0, index=Packing(), catch_up=Ready())
    await session.learn()
    given = records(papers)
    rounds: list[float] = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for at in range(0, papers, CLAIM_RECORDS):
            await session.handle(given[at : at + CLAIM_RECORDS])
        rounds.append(1e6 * (time.process_time() - begun) / papers)
    size = statistics.mean(len(record.value) for record in given)
    best, middle = min(rounds), statistics.median(rounds)
    print(f"{papers:,} records of {size:,.0f} bytes, {ROUNDS} rounds")
    print(f"CPU us a record: least {best:.1f}, median {middle:.1f}")
    print(f"records/s of a core: most {1e6 / best:,.0f}, median {1e6 / middle:,.0f}")
