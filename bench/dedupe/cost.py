"""What a record costs the server, at each size of the index.

Run as ``python -m bench.dedupe cost``; it starts a Valkey of its own in a temporary folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import redis.asyncio as redis

from bench import chart
from bench.dedupe.claimed import BATCH, Batch, Stream
from bench.dedupe.servers import Work, client_of, new_index, running_valkey, work
from services.common.records import Verdict
from services.dedupe.claims import Report
from services.dedupe.index import RedisIndex

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000)
MEASURED = 60_000
"""Papers claimed, up to each size, with the clock running; one in three of a small index."""


WINDOW = 8
"""Batches after which the server is asked what it has done."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What so many records cost until ``papers`` were in the index.

    Args:
        paper_bytes: memory that each paper takes, of all in the index.
        us: of the server for a record, in microseconds with its system calls, in each window of
            some batches; other work on the machine slows a window down, never up.
    """

    papers: int
    records: int
    verdicts: Counter[Verdict]
    work: Work
    paper_bytes: float
    us: Sequence[float]

    @property
    def round_trips(self) -> float:
        """For 256 records."""
        return BATCH * self.work.calls / self.records


class Lane:
    """One lane: claims, then verifies, as a lane of dedupe does for each batch of 256."""

    def __init__(self, index: RedisIndex, mark: str) -> None:
        self._index = index
        self._mark = mark
        self._committed = 0
        self.records = 0
        self.verdicts: Counter[Verdict] = Counter()

    async def claim(self, batch: Batch) -> None:
        checkpoint = {0: self._committed}
        report = Report(0, self._committed, checkpoint)
        answers = await self._index.claim(self._mark, report, batch.claims)
        await self._index.claim(self._mark, report, ())
        assert len(answers) == len(batch.claims)
        self.verdicts.update(answer.verdict for answer in answers)
        self.records += len(answers)
        self._committed = batch.claims[-1].owned.offset + 1


async def measure(
    sizes: Sequence[int], *, appending: bool, capacity: int, preloaded: Path | None = None
) -> list[Cost]:
    """Give the cost at each size, the sizes rising."""
    costs: list[Cost] = []
    with running_valkey(preloaded) as server:
        async with client_of(server) as client:
            await client.config_set("appendonly", "yes" if appending else "no")
            async with new_index(server, capacity=capacity) as (index, mark):
                empty, stream = await work(client), Stream(sizes[-1])
                for size in sizes:
                    for batch in stream.batches(size - min(MEASURED, size // 3)):
                        await Lane(index, mark).claim(batch)
                    lane = Lane(index, mark)
                    costs.append(await _measured(client, lane, stream, size, empty))
                    print(row(costs[-1]), flush=True)
    return costs


async def _measured(
    client: redis.Redis, lane: Lane, stream: Stream, size: int, empty: Work
) -> Cost:
    before = after = await work(client)
    us: list[float] = []
    for window in _windows(stream.batches(size)):
        begun, records = after, lane.records
        for batch in window:
            await lane.claim(batch)
        after = await work(client)
        us.append(1e6 * (after - begun).cpu_seconds / (lane.records - records))
    return Cost(
        papers=stream.papers,
        records=lane.records,
        verdicts=lane.verdicts,
        work=after - before,
        paper_bytes=(after - empty).bytes / stream.papers,
        us=us,
    )


def _windows(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    while window := list(islice(batches, WINDOW)):
        yield window


HEAD = (
    f"{'papers':>10}{'records':>10}{'new':>7}{'near':>7}{'us':>8}{'lowest':>8}"
    f"{'bytes':>8}{'trips':>7}"
)


def row(cost: Cost) -> str:
    """Give a line of the table."""
    new, near = (cost.verdicts[each] / cost.records for each in (Verdict.NEW, Verdict.NEAR))
    return (
        f"{cost.papers:10,}{cost.records:10,}{new:7.1%}{near:7.1%}"
        f"{median(cost.us):8.1f}{min(cost.us):8.1f}{cost.paper_bytes:8.0f}{cost.round_trips:7.2f}"
    )


async def show(
    *, most: int, appending: bool, capacity: int, preload: Path | None
) -> dict[str, list[Cost]]:
    """Print the table up to an index of ``most`` papers, for each way to start the server."""
    sizes = [size for size in SIZES if size <= most]
    file = "with" if appending else "without"
    measured: dict[str, list[Cost]] = {}
    for name, library in {"as it is": None, **({preload.name: preload} if preload else {})}.items():
        print(f"server {name}, capacity {capacity:,}, {file} an append-only file\n{HEAD}")
        measured[name] = await measure(
            sizes, appending=appending, capacity=capacity, preloaded=library
        )
    return measured


def drawn(measured: Mapping[str, Sequence[Cost]], capacity: int) -> str:
    """Draw the medians, and the lowest windows: those that other work disturbed least."""
    series = {
        f"{name}, {what}": [(cost.papers, of(cost.us)) for cost in costs]
        for name, costs in measured.items()
        for what, of in (("median", median), ("lowest window", min))
    }
    title = f"The server's work for a record, index laid out for {capacity:,} papers"
    return chart.lines(title, "papers in the index", "microseconds of CPU", series)
