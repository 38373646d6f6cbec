"""A server is away, or its disk is full: the pipeline waits, says so, and goes on by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.errors import ExitStatus
from services.common.records import EnrichedPaper, Sighting
from services.common.settings import cache_dir
from services.common.topics import ENRICHED, SIGHTINGS
from services.local.kafka import KafkaServer
from services.local.server import Server
from services.local.valkey import ValkeyServer
from tests.faults.supervisor import End, Supervisor
from tests.faults.watch import Look, grown, watch
from tests.invented import paper
from tests.pipeline import BANNER, SERVICES, Pipeline

PAPERS = 400
DISTINCT = 290
AWAY_SECONDS = 60.0
FROZEN_SECONDS = 20.0
FULL_SECONDS = 8.0
REDIS_TOLD_SECONDS = 12.0
"""After which dedupe says that Redis is away: the deadlines of two calls, and a look."""

KAFKA_TOLD_SECONDS = 25.0
"""After which every service says that Kafka is away: a transaction's deadline, and a start."""

DISK = "160m"
LOGS = {"HEADRACE_LOG__FORMAT": "json"}
START_SECONDS = 60.0


def page(first: int) -> bytes:
    """Give a page of 50 papers, some of which stand on other pages too."""
    listed = [paper(number % DISTINCT, words=40) for number in range(first, first + 50)]
    lines = "".join(f"{one.title}\n{one.abstract}\n" for one in listed)
    return f"{BANNER}Subscribe{lines}".encode()


PAGES = [page(first) for first in range(0, PAPERS, 50)]


@contextlib.asynccontextmanager
async def working(pipeline: Pipeline) -> AsyncIterator[Supervisor]:
    """Run the services, each started again when it ends; all are ready."""
    await create_topics(pipeline.kafka, pipeline.topics)
    supervisor = Supervisor(pipeline.services.values())
    await asyncio.to_thread(supervisor.start)
    task = asyncio.create_task(supervisor.run())
    try:
        for worker in pipeline.services.values():
            await asyncio.to_thread(worker.wait_ready, START_SECONDS)
        yield supervisor
    finally:
        task.cancel()
        await asyncio.wait([task])
        await asyncio.to_thread(pipeline.stop)


async def through(pipeline: Pipeline) -> None:
    """Wait until all is through, and see that each paper is there once."""
    await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "120")
    # First: it names the places of what is missing or double.
    await asyncio.to_thread(pipeline.headrace, "audit", "--json")
    sightings, enriched = await came_out(pipeline)
    assert (sightings.total(), set(enriched.values())) == (PAPERS, {1})


async def came_out(pipeline: Pipeline) -> tuple[Counter[tuple[str, int]], Counter[str]]:
    """Give how often each place on a page was sighted, and each paper enriched; none is lost."""
    sightings = (decode(value, Sighting).page for value in await pipeline.values(SIGHTINGS))
    enriched = (decode(value, EnrichedPaper) for value in await pipeline.values(ENRICHED))
    places = Counter((page.page_id, page.position) for page in sightings)
    papers = Counter(str(one.paper_id) for one in enriched)
    assert (len(places), len(papers)) == (PAPERS, DISTINCT)
    return places, papers


async def started(server: Server) -> None:
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_ready)


def send(server: Server, what: signal.Signals) -> None:
    assert server.pid is not None
    os.kill(server.pid, what)


def of(looks: Sequence[Look], worker: str, *, since: float = 0.0) -> list[Look]:
    """Give the looks at one worker from so many seconds on."""
    return [look for look in looks if look.worker == worker and look.at >= since]


def assert_waits(looks: Sequence[Look], reason: str) -> None:
    """Check that a worker was not ready at any look, and named what it waits for."""
    assert looks
    for look in looks:
        assert (look.status, look.ready) == (503, 0.0), look
        assert any(reason in said for said in look.reasons), look


def assert_dedupe_waits_alone(looks: Sequence[Look]) -> None:
    """Check that dedupe waited for Redis, and that nobody else cared."""
    told = of(looks, "dedupe", since=REDIS_TOLD_SECONDS)
    assert_waits(told, "redis_unavailable")
    assert grown(told) > 0.9 * (told[-1].at - told[0].at)
    others = {look.status for look in looks if look.worker != "dedupe"}
    assert others == {200}


def assert_ended_for_kafka(ends: Sequence[End]) -> None:
    """Check that whatever ended did so for want of Kafka, and gave its reason."""
    allowed = (ExitStatus.UNAVAILABLE, ExitStatus.TEMPORARY)
    assert [end for end in ends if end.status not in allowed or "did not say" in end.reason] == []


async def kafka_is_away(pipeline: Pipeline, kafka: KafkaServer) -> None:
    async with working(pipeline) as supervisor:
        await pipeline.feed(PAGES[:4])
        await asyncio.to_thread(kafka.kill)
        looks = await watch(pipeline, seconds=AWAY_SECONDS, reason="kafka_unavailable")
        print([(end.worker, end.status, end.reason) for end in supervisor.ends])
        for service in SERVICES:
            assert_waits(of(looks, service, since=KAFKA_TOLD_SECONDS), "kafka_unavailable")
        await started(kafka)
        await pipeline.feed(PAGES[4:])
        await through(pipeline)
        assert_ended_for_kafka(supervisor.ends)


async def redis_is_frozen_and_then_away(pipeline: Pipeline, valkey: ValkeyServer) -> None:
    async with working(pipeline) as supervisor:
        await pipeline.feed(PAGES[:2])
        send(valkey, signal.SIGSTOP)
        await pipeline.feed(PAGES[2:4])
        looks = await watch(pipeline, seconds=FROZEN_SECONDS, reason="redis_unavailable")
        send(valkey, signal.SIGCONT)
        assert_dedupe_waits_alone(looks)
        await asyncio.to_thread(valkey.kill)
        await pipeline.feed(PAGES[4:6])
        looks = await watch(pipeline, seconds=AWAY_SECONDS, reason="redis_unavailable")
        assert_dedupe_waits_alone(looks)
        await started(valkey)
        await pipeline.feed(PAGES[6:])
        await through(pipeline)
        assert supervisor.ends == []


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_minute_without_kafka_or_redis_is_waited_out_and_told(
    own_kafka: KafkaServer,
    server: ValkeyServer,
    kafka: KafkaServer,
    valkey: ValkeyServer,
    tmp_path: Path,
    new_port: Callable[[], int],
) -> None:
    without_kafka = Pipeline(own_kafka, valkey, tmp_path / "no-kafka", new_port, environment=LOGS)
    without_redis = Pipeline(kafka, server, tmp_path / "no-redis", new_port, environment=LOGS)
    # Side by side: a minute is spent and not two.
    async with asyncio.TaskGroup() as scenes:
        scenes.create_task(kafka_is_away(without_kafka, own_kafka))
        scenes.create_task(redis_is_frozen_and_then_away(without_redis, server))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a file system of its own that can be filled; it needs the right to mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all space but a little; give the file that holds it."""
    ballast = folder / "ballast"
    # Unbuffered: what is left in a buffer would fail once more when the file is closed.
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
    return ballast


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_full_disk_under_the_servers_is_waited_out(
    tmp_path: Path, new_port: Callable[[], int]
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        kafka = KafkaServer(
            disk / "kafka", new_port(), new_port(), cache=cache_dir(), log=tmp_path / "kafka.log"
        )
        valkey = ValkeyServer(disk / "valkey", new_port(), log=tmp_path / "valkey.log")
        await started(kafka)
        await started(valkey)
        pipeline = Pipeline(kafka, valkey, tmp_path, new_port, environment=LOGS)
        try:
            async with working(pipeline) as supervisor:
                await pipeline.feed(PAGES)
                ballast = await asyncio.to_thread(fill, disk)
                await asyncio.sleep(FULL_SECONDS)
                ballast.unlink()
                for server in (kafka, valkey):
                    if not server.running:
                        await started(server)
                await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "120")
                # A broker may append twice what it could not index: see docs/reliability.md.
                doubles = [found.total() - len(found) for found in await came_out(pipeline)]
                print("double sightings and papers:", doubles)
                assert_ended_for_kafka(supervisor.ends)
        finally:
            await asyncio.to_thread(kafka.stop)
            await asyncio.to_thread(valkey.stop)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_full_disk_under_redis_and_the_state_folder_stops_dedupe_alone(
    kafka: KafkaServer, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        valkey = ValkeyServer(disk / "valkey", new_port())
        await started(valkey)
        pipeline = Pipeline(kafka, valkey, disk, new_port, environment=LOGS)
        try:
            async with working(pipeline) as supervisor:
                await pipeline.feed(PAGES[:4])
                ballast = await asyncio.to_thread(fill, disk)
                await pipeline.feed(PAGES[4:])
                looks = await watch(pipeline, seconds=FULL_SECONDS, reason="redis_unavailable")
                ballast.unlink()
                await through(pipeline)
                assert supervisor.ends == []
                assert_waits(of(looks, "dedupe", since=FULL_SECONDS / 2), "redis_unavailable")
        finally:
            await asyncio.to_thread(valkey.stop)
