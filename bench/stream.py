"""The transactional stream against a bare at-least-once loop: records a second, same records.

Run as ``python -m bench.stream``; it starts a Kafka of its own in a temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.common import logs
from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.outcomes import InputRecord, Message, Outcome
from services.common.session import Acknowledged, PlainSession, Route
from services.common.settings import (
    CommonSettings,
    KafkaSettings,
    LogSettings,
    StreamSettings,
    TopicSettings,
    cache_dir,
)
from services.common.stream import Stream
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, MIB, PAGE_BYTES, PAPERS, SIGHTINGS, UNIQUE
from services.local.kafka import USUAL_CONTROLLER_PORT, USUAL_PORT, KafkaServer
from services.local.ports import free_port

BATCH_RECORDS = 2_000
VALUE_BYTES = 3_000
VALUES = 500
WORDS = 5_000
SEED = 7
GROUP = "bench"


@dataclass(frozen=True, slots=True)
class Run:
    """One pass over all records: how long it took, and how much of it this process computed."""

    records: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        return self.records / self.seconds

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_seconds / self.records


class Stopwatch:
    """Runs from the first record until the last one is committed; starts and joins not counted."""

    def __init__(self, records: int) -> None:
        self.done = asyncio.Event()
        self._records = records
        self._begun: tuple[float, float] | None = None
        self._ended = (0.0, 0.0)

    def begin(self) -> None:
        self._begun = self._begun or (time.perf_counter(), time.process_time())

    def end(self) -> None:
        self._ended = (time.perf_counter(), time.process_time())
        self.done.set()

    def run(self) -> Run:
        assert self._begun is not None
        wall, cpu = (after - before for before, after in zip(self._begun, self._ended, strict=True))
        return Run(self._records, wall, cpu)


class Identity(PlainSession):
    """Writes every record as it came, and knows when the last one is committed."""

    def __init__(
        self, lane: int, positions: dict[int, int], ends: Mapping[int, int], watch: Stopwatch
    ) -> None:
        super().__init__(self._copy)
        self._lane = lane
        self._positions = positions
        self._ends = ends
        self._watch = watch

    async def _copy(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        self._watch.begin()
        return [
            Outcome(
                verdict="same",
                messages=(Message(topic=UNIQUE.name, key=record.key, value=record.value),),
            )
            for record in records
        ]

    async def committed(self, position: int, acknowledged: Acknowledged) -> None:  # noqa: ARG002
        self._positions[self._lane] = position
        if self._positions == self._ends:
            self._watch.end()


async def exactly_once(settings: CommonSettings, ends: Mapping[int, int]) -> Run:
    """Run the stream of services/common over the whole of ``papers``, into ``unique``."""
    watch = Stopwatch(sum(ends.values()))
    positions: dict[int, int] = {}
    stream = Stream(
        Route(service=GROUP, group=f"{GROUP}.stream", source=PAPERS, sinks=(UNIQUE, DEAD_LETTER)),
        lambda lane: Identity(lane, positions, ends, watch),
        settings=settings,
        telemetry=Telemetry(),
    )
    working = asyncio.create_task(stream.run())
    ended = asyncio.create_task(watch.done.wait())
    await asyncio.wait({working, ended}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        working.result()
    working.cancel()
    await asyncio.wait({working})
    await stream.stop()
    return watch.run()


async def at_least_once(settings: CommonSettings, ends: Mapping[int, int]) -> Run:
    """Run the plainest loop over the whole of ``papers``, into ``sightings``."""
    watch = Stopwatch(sum(ends.values()))
    left = sum(ends.values())
    output = settings.topics.full_name(SIGHTINGS)
    async with (
        _started(_consumer(settings)) as consumer,
        _started(_producer(settings.kafka)) as producer,
    ):
        while left:
            taken = await consumer.getmany(timeout_ms=200, max_records=BATCH_RECORDS)
            if not taken:
                continue
            watch.begin()
            sent = [
                await producer.send(output, record.value, key=record.key)
                for records in taken.values()
                for record in records
            ]
            for future in sent:
                await future
            await consumer.commit()
            left -= len(sent)
        watch.end()
    return watch.run()


def _consumer(settings: CommonSettings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        settings.topics.full_name(PAPERS),
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=f"{GROUP}.loop",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=PAGE_BYTES,
    )


def _producer(kafka: KafkaSettings) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        max_batch_size=MIB,
        max_request_size=DEAD_LETTER.max_record_bytes,
        compression_type=None if kafka.compression == "none" else kafka.compression,
    )


@asynccontextmanager
async def _started(client: Any) -> AsyncIterator[Any]:
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def fill(settings: CommonSettings, values: Sequence[bytes], count: int) -> dict[int, int]:
    """Write the input and give its end by partition."""
    chance = random.Random(SEED)
    topic = settings.topics.full_name(PAPERS)
    ends: dict[int, int] = {}
    async with _started(_producer(settings.kafka)) as producer:
        for start in range(0, count, BATCH_RECORDS):
            sent = [
                await producer.send(
                    topic, values[at % VALUES], key=chance.randbytes(16).hex().encode()
                )
                for at in range(start, min(start + BATCH_RECORDS, count))
            ]
            for future in sent:
                metadata = await future
                ends[metadata.partition] = metadata.offset + 1
    return ends


def texts() -> list[bytes]:
    """Give values as compressible as prose: words of random letters, the common ones often."""
    chance = random.Random(SEED)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 10))) for _ in range(WORDS)]
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    return [
        " ".join(chance.choices(words, weights, k=VALUE_BYTES))[:VALUE_BYTES].encode()
        for _ in range(VALUES)
    ]


async def measure(kafka: KafkaSettings, *, records: int, rounds: int) -> list[tuple[Run, Run]]:
    """Give (stream, loop) of each round; the order alternates, the topics are new each time."""
    values, measured = texts(), []
    for number in range(-1, rounds):
        settings = CommonSettings(
            kafka=kafka,
            topics=TopicSettings(prefix=f"bench{number + 1}"),
            stream=StreamSettings(batch_records=BATCH_RECORDS),
        )
        await create_topics(settings.kafka, settings.topics)
        ends = await fill(settings, values, records)
        passes = [exactly_once, at_least_once]
        runs = {
            each: await each(settings, ends) for each in (passes if number % 2 else passes[::-1])
        }
        await _drop(settings)
        if number >= 0:  # the first one warms the broker up
            measured.append((runs[exactly_once], runs[at_least_once]))
    return measured


async def _drop(settings: CommonSettings) -> None:
    clients = KafkaClients(settings.kafka)
    admin = await clients.started(clients.admin)
    await admin.delete_topics(list(settings.topics.full_names().values()))
    await admin.close()


@contextmanager
def running_kafka() -> Iterator[str]:
    """Give the address of a broker that lives as long as the measurement."""
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as folder:
        port = free_port(USUAL_PORT)
        controller = free_port(USUAL_CONTROLLER_PORT, taken={port})
        server = KafkaServer(Path(folder) / "kafka", port, controller, cache=cache_dir())
        try:
            server.start()
            server.wait_ready()
            yield server.address
        finally:
            server.stop()


def show(measured: Sequence[tuple[Run, Run]], *, compression: str) -> None:
    """Print a table of the medians and the ratio of each pair."""
    stream, loop = zip(*measured, strict=True)
    print(
        f"{stream[0].records:,} records of {VALUE_BYTES:,} bytes, {len(stream)} rounds, "
        f"compression {compression}; medians\n"
    )
    print(f"{'':24}{'records/s':>12}{'lowest':>12}{'highest':>12}{'CPU us/record':>16}")
    for name, runs in (("stream, exactly once", stream), ("loop, at least once", loop)):
        rates = [run.rate for run in runs]
        cpu = statistics.median(run.cpu_us for run in runs)
        print(
            f"{name:24}{statistics.median(rates):12,.0f}{min(rates):12,.0f}{max(rates):12,.0f}"
            f"{cpu:16.1f}"
        )
    ratios = sorted(one.rate / other.rate for one, other in measured)
    print(
        f"\nratio of the rates: {statistics.median(ratios):.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.stream", description=__doc__)
    parser.add_argument("--records", type=int, default=80_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compression", choices=("none", "zstd"), default="none")
    options = parser.parse_args()
    logs.configure(LogSettings())
    # The client complains of every new topic until its leader is chosen.
    logging.disable(logging.ERROR)
    with running_kafka() as address:
        kafka = KafkaSettings(bootstrap_servers=address, compression=options.compression)
        measured = uvloop.run(measure(kafka, records=options.records, rounds=options.rounds))
    show(measured, compression=options.compression)


if __name__ == "__main__":
    main()
