"""How long a catch-up takes: from the signatures in the headers, and from the texts.

Run as ``python -m bench.dedupe catch-up``; it starts a Kafka and a Valkey of its own.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import uvloop

from bench.dedupe.pairs import listed
from bench.dedupe.papers import Writer
from bench.dedupe.servers import client_of, running_valkey, work
from bench.stream import running_kafka
from services.common import reader
from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.codec import decode, encode
from services.common.outcomes import InputRecord, header
from services.common.records import Paper, Verdict
from services.common.session import Context
from services.common.settings import KafkaSettings, TopicSettings
from services.common.telemetry import Telemetry
from services.common.topics import UNIQUE
from services.dedupe.app import index_of, lineage_context
from services.dedupe.catch_up import CatchUp
from services.dedupe.claims import Answer, Claim, Emitted, Owned
from services.dedupe.emitting import OWNER, headers, read_owner
from services.dedupe.index import RedisIndex
from services.dedupe.settings import DedupeSection, DedupeSettings, RedisSettings
from services.dedupe.signature import signed
from services.local.valkey import ValkeyServer

SEED = 6
CHUNK = 256
ESTIMATED = 10_000_000

Way = Callable[[RedisIndex, Context], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Run:
    """One catch-up: seconds of the clock, and of the CPU of both sides."""

    papers: int
    seconds: float
    client_seconds: float
    server_seconds: float

    @property
    def working_us(self) -> float:
        """CPU for a paper; the two sides take turns, so that with free cores it is the time."""
        return 1e6 * (self.client_seconds + self.server_seconds) / self.papers


async def from_headers(index: RedisIndex, context: Context) -> None:
    """Catch up as dedupe does."""
    await CatchUp(index, context).run()


async def from_texts(index: RedisIndex, context: Context) -> None:
    """Catch up without the signatures in the headers: the texts are signed again."""
    lock = await index.lock()
    assert lock is not None
    await index.wipe(lock, "bench")
    batches = reader.read(context.clients, context.names[UNIQUE.name])
    async with aclosing(batches):
        async for records in batches:
            for at in range(0, len(records), CHUNK):
                await index.restore(lock, _signed_again(records[at : at + CHUNK]))
    await index.restore(lock, (), done=True)


def _signed_again(records: Sequence[InputRecord]) -> list[Emitted]:
    papers = [decode(record.value, Paper) for record in records]
    owners = [read_owner(header(record, OWNER) or b"") or (0, 0) for record in records]
    return [
        Emitted(Claim(Owned(paper.wording_id, *owner), signature), paper.wording_id, 0)
        for paper, owner, signature in zip(papers, owners, signed(papers), strict=True)
    ]


async def fill(settings: DedupeSettings, count: int) -> None:
    """Write papers to ``unique`` as dedupe does."""
    writer, clients = Writer(random.Random(SEED)), KafkaClients(settings.kafka)
    producer = await clients.started(clients.producer)
    topic, partitions = settings.topics.full_name(UNIQUE), 4
    for start in range(0, count, CHUNK):
        written = [writer.paper() for _ in range(min(CHUNK, count - start))]
        papers = [listed(paper.title, paper.abstract) for paper in written]
        sent = []
        for at, (paper, signature) in enumerate(zip(papers, signed(papers), strict=True), start):
            claim = Claim(Owned(paper.wording_id, at % partitions, at), signature)
            answer = Answer(Verdict.NEW, paper.wording_id)
            sent.append(
                await producer.send(
                    topic,
                    encode(paper),
                    key=paper.wording_id.encode(),
                    partition=at % partitions,
                    headers=list(headers(claim, answer)),
                )
            )
        await asyncio.gather(*sent)
    await producer.stop()


async def measured(settings: DedupeSettings, server: ValkeyServer, way: Way, papers: int) -> Run:
    """Catch an empty index up."""
    async with client_of(server) as client, index_of(settings) as index:
        await client.flushall()
        context = lineage_context(settings, Telemetry())
        before, wall, cpu = await work(client), time.perf_counter(), time.process_time()
        await way(index, context)
        seconds, client_seconds = time.perf_counter() - wall, time.process_time() - cpu
        assert await index.learn() is not None
        return Run(papers, seconds, client_seconds, (await work(client) - before).cpu_seconds)


async def compare(kafka: KafkaSettings, server: ValkeyServer, papers: int) -> dict[str, Run]:
    """Give a run from the headers and one from the texts, over the same topic."""
    settings = DedupeSettings(
        kafka=kafka,
        topics=TopicSettings(prefix=f"bench{papers}"),
        redis=RedisSettings(url=server.url, timeout_seconds=60),
        dedupe=DedupeSection(capacity=max(papers, 1_000)),
    )
    await create_topics(settings.kafka, settings.topics)
    await fill(settings, papers)
    ways: dict[str, Way] = {"headers": from_headers, "texts": from_texts}
    return {name: await measured(settings, server, way, papers) for name, way in ways.items()}


def show(sizes: Sequence[int]) -> None:
    """Print a line for each size and way."""
    heads = f"{'seconds':>9}{'client us':>11}{'server us':>11}{'10M, min':>10}"
    print(f"{'papers':>10}  {'from':8}{heads}")
    with running_kafka() as address, running_valkey() as server:
        for papers in sizes:
            kafka = KafkaSettings(bootstrap_servers=address)
            for name, run in uvloop.run(compare(kafka, server, papers)).items():
                print(
                    f"{papers:10,}  {name:8}{run.seconds:9.2f}"
                    f"{1e6 * run.client_seconds / papers:11.1f}"
                    f"{1e6 * run.server_seconds / papers:11.1f}"
                    f"{run.working_us * ESTIMATED / 60e6:10.1f}",
                    flush=True,
                )
