"""Records that end their process with SIGSEGV are given up, the healthy ones beside them not.

The process is the service's own in dedupe and embed, and a child of ingest, which goes on itself.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.groups import lag
from services.common.identity import wording_id
from services.common.outcomes import InputRecord, header
from services.common.records import EnrichedPaper
from services.common.suspicion import MOST_ALONE
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, PAPERS, UNIQUE, Topic
from services.local.kafka import KafkaServer
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests.faults.poisoned import POISON
from tests.invented import paper
from tests.pipeline import BANNER, SERVICES, Pipeline

HEALTHY = 12
IN_A_ROW = 2
THROUGH_SECONDS = 120.0
SOURCES = dict(zip(SERVICES, (PAGES, PAPERS, UNIQUE), strict=True))


@contextmanager
def supervised(service: ServiceProcess) -> Iterator[Counter[int | None]]:
    """Start again what ends, and count by which status."""
    ends: Counter[int | None] = Counter()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            if not service.running:
                ends[service.exit_status] += 1
                service.start()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield ends
    finally:
        over.set()
        thread.join()


def page(*titles: str) -> bytes:
    listed = [paper(title, words=40) for title in titles]
    lines = [f"{title}\n{one.abstract}" for title, one in zip(titles, listed, strict=True)]
    return (BANNER + "Subscribe" + "\n".join(lines)).encode()


def end(letter: InputRecord) -> tuple[bytes | None, bytes | None]:
    return header(letter, "__connect.errors.stage"), header(letter, "headrace.reason")


def died_of(letter: InputRecord) -> bytes | None:
    return header(letter, "__connect.errors.exception.message")


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_poison_in_every_service_is_given_up_and_nothing_else(
    kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    pipeline = Pipeline(
        kafka,
        valkey,
        tmp_path,
        new_port,
        program=lambda service: (sys.executable, "-m", "tests.faults.poisoned", service),
        environment={"PYTHONFAULTHANDLER": ""},
    )
    await create_topics(pipeline.kafka, pipeline.topics)
    healthy = on_one_partition("Healthy paper", HEALTHY)
    sick = [
        title
        for service in ("dedupe", "embed")
        for title in on_one_partition(POISON[service], IN_A_ROW)
    ]
    pages = [
        page(*healthy[:4], *sick, *healthy[4:8]),
        page(f"{POISON['ingest']}, case a"),
        page(f"{POISON['ingest']}, case b"),
        page(*healthy[8:]),
    ]
    await pipeline.feed(pages, key=b"one partition")
    deaths = {
        service: await deaths_until_through(pipeline, service, source)
        for service, source in SOURCES.items()
    }
    # Once with the batch that holds both, and then each of the two alone; of ingest, only children.
    deadly = {-signal.SIGSEGV: 1 + IN_A_ROW * MOST_ALONE}
    assert deaths == {"ingest": {}, "dedupe": deadly, "embed": deadly}
    enriched = [decode(value, EnrichedPaper) for value in await pipeline.values(ENRICHED)]
    assert sorted(one.title or "" for one in enriched) == sorted(healthy)
    letters = await pipeline.records(DEAD_LETTER)
    reasons = {"ingest": b"parser_crashed", "dedupe": b"crashed", "embed": b"crashed"}
    assert Counter(map(end, letters)) == {
        (service.encode(), reasons[service]): IN_A_ROW for service in SERVICES
    }
    assert {died_of(letter) for letter in letters if end(letter)[0] == b"ingest"} == {
        b"the parser ended with SIGSEGV"
    }
    poison = [record for service in SERVICES for record in await sick_of(pipeline, service)]
    assert Counter((one.key, one.value) for one in letters) == Counter(poison)
    pipeline.headrace("audit")


def on_one_partition(name: str, count: int) -> list[str]:
    """Give titles of papers that go to the first partition, so that they are in one batch."""
    titles = (f"{name}, case {number}" for number in itertools.count())
    return list(itertools.islice(filter(_goes_first, titles), count))


def _goes_first(title: str) -> bool:
    key = wording_id(title, paper(title, words=40).abstract).encode()
    partitions = list(range(PAPERS.partitions))
    return bool(DefaultPartitioner()(key, partitions, partitions) == partitions[0])


async def deaths_until_through(
    pipeline: Pipeline, service: str, source: Topic
) -> Counter[int | None]:
    """Run one service alone until it has read all of its topic, and give how it ended meanwhile.

    The next one starts later, and so finds all of its records at once.
    """
    process = pipeline.services[service]
    topic = pipeline.topics.full_name(source)
    process.start()
    try:
        with supervised(process) as ends:
            async with asyncio.timeout(THROUGH_SECONDS):
                while sum((await lag(pipeline.clients, pipeline.group(service), topic)).values()):
                    await asyncio.sleep(0.3)
    finally:
        await asyncio.to_thread(process.stop)
    return ends


async def sick_of(pipeline: Pipeline, service: str) -> list[tuple[bytes | None, bytes | None]]:
    """Give key and value of the records that end a service."""
    records = await pipeline.records(SOURCES[service])
    poison = POISON[service].encode()
    return [(one.key, one.value) for one in records if poison in (one.value or b"")]
