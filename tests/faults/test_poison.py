"""Records that end their process with SIGSEGV are given up, the healthy ones beside them not.

The process is the service's own in dedupe and embed, and a child of ingest, which goes on itself.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.common import reader
from services.common.admin import create_topics
from services.common.codec import decode
from services.common.outcomes import InputRecord, header
from services.common.records import EnrichedPaper
from services.common.topics import DEAD_LETTER, ENRICHED
from services.local.kafka import KafkaServer
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests.faults.poisoned import POISON
from tests.invented import paper
from tests.pipeline import BANNER, Pipeline

ROOT = Path(__file__).parents[2]
HEALTHY = 12


@contextmanager
def supervised(services: Callable[[], list[ServiceProcess]]) -> Iterator[Counter[str]]:
    """Start again whatever ends, and count by which status."""
    ends: Counter[str] = Counter()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for service in services():
                if not service.running:
                    ends[f"{service.name} {service.exit_status}"] += 1
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
        environment={"PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": ""},
    )
    await create_topics(pipeline.kafka, pipeline.topics)
    healthy = [f"Healthy paper number {number}" for number in range(HEALTHY)]
    sick = [f"{POISON[service]}, case {case}" for service in ("dedupe", "embed") for case in "ab"]
    pages = [
        page(*healthy[:4], *sick, *healthy[4:8]),
        page(f"{POISON['ingest']}, case a"),
        page(f"{POISON['ingest']}, case b"),
        page(*healthy[8:]),
    ]
    await pipeline.feed(pages, key=b"one partition")
    await asyncio.to_thread(pipeline.start)
    try:
        with supervised(lambda: list(pipeline.services.values())) as ends:
            await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "300")
    finally:
        await asyncio.to_thread(pipeline.stop)
    print(dict(ends))
    enriched = [decode(value, EnrichedPaper) for value in await pipeline.values(ENRICHED)]
    assert sorted(one.title or "" for one in enriched) == sorted(healthy)
    letters = [
        record
        async for records in reader.read(pipeline.clients, pipeline.topics.full_name(DEAD_LETTER))
        for record in records
    ]
    assert Counter(map(end, letters)) == {
        (b"ingest", b"parser_crashed"): 2,
        (b"dedupe", b"crashed"): 2,
        (b"embed", b"crashed"): 2,
    }
    assert [died_of(letter) for letter in letters if end(letter)[0] == b"ingest"] == [
        b"the parser ended with SIGSEGV"
    ] * 2
    assert ends["dedupe -11"] >= 2
    assert ends["embed -11"] >= 2
    assert not any(name.startswith("ingest") for name in ends)
    pipeline.headrace("audit")
