"""A server is away, or its disk is full: the pipeline waits, and goes on by itself."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.records import EnrichedPaper, Sighting
from services.common.settings import cache_dir
from services.common.topics import ENRICHED, SIGHTINGS
from services.local.kafka import KafkaServer
from services.local.server import Server
from services.local.valkey import ValkeyServer
from tests.faults.supervisor import Supervisor
from tests.invented import paper
from tests.pipeline import BANNER, Pipeline

PAPERS = 400
DISTINCT = 290
AWAY_SECONDS = 8.0
DISK = "160m"


def page(first: int) -> bytes:
    """Give a page of 50 papers, some of which stand on other pages too."""
    listed = [paper(number % DISTINCT, words=40) for number in range(first, first + 50)]
    lines = "".join(f"{one.title}\n{one.abstract}\n" for one in listed)
    return f"{BANNER}Subscribe{lines}".encode()


@contextlib.asynccontextmanager
async def working(pipeline: Pipeline) -> AsyncIterator[Supervisor]:
    """Run the services, each started again when it ends."""
    supervisor = Supervisor(pipeline)
    await asyncio.to_thread(supervisor.start)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        task.cancel()
        await asyncio.wait([task])
        await asyncio.to_thread(pipeline.stop)


async def through(pipeline: Pipeline) -> None:
    """Wait until all is through, and see that each paper is there once."""
    await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "120")
    sightings = [decode(value, Sighting) for value in await pipeline.values(SIGHTINGS)]
    enriched = Counter(
        decode(value, EnrichedPaper).paper_id for value in await pipeline.values(ENRICHED)
    )
    assert len({(one.page.page_id, one.page.position) for one in sightings}) == PAPERS
    assert (len(sightings), len(enriched), set(enriched.values())) == (PAPERS, DISTINCT, {1})
    await asyncio.to_thread(pipeline.headrace, "audit")


async def started(server: Server) -> None:
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_ready)


@pytest.fixture
async def own_kafka(tmp_path: Path, new_port: Callable[[], int]) -> AsyncIterator[KafkaServer]:
    """Give a Kafka of the test's own, its data on ``tmp_path / kafka``."""
    server = KafkaServer(
        tmp_path / "kafka", new_port(), new_port(), cache=cache_dir(), log=tmp_path / "kafka.log"
    )
    await started(server)
    yield server
    await asyncio.to_thread(server.stop)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_kafka_is_away_for_a_while_and_nothing_is_lost(
    own_kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    pipeline = Pipeline(own_kafka, valkey, tmp_path, new_port)
    await create_topics(pipeline.kafka, pipeline.topics)
    async with working(pipeline) as supervisor:
        await pipeline.feed(page(first) for first in range(0, PAPERS, 50))
        await asyncio.to_thread(own_kafka.kill)
        await asyncio.sleep(AWAY_SECONDS)
        await started(own_kafka)
        await through(pipeline)
    print([(end.worker, end.status, end.reason) for end in supervisor.ends])


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
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
            file.flush()
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
        pipeline = Pipeline(kafka, valkey, tmp_path, new_port)
        await create_topics(pipeline.kafka, pipeline.topics)
        try:
            async with working(pipeline):
                await pipeline.feed(page(first) for first in range(0, PAPERS, 50))
                ballast = await asyncio.to_thread(fill, disk)
                await asyncio.sleep(AWAY_SECONDS)
                ballast.unlink()
                for server in (kafka, valkey):
                    if not server.running:
                        await started(server)
                await through(pipeline)
        finally:
            await asyncio.to_thread(kafka.stop)
            await asyncio.to_thread(valkey.stop)
