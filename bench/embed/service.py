"""The embed service fed from Kafka, against a bare loop with the same session and threads."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.embed.abstracts import abstracts
from bench.embed.contestants import MAX_TOKENS
from services.common import reader
from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.codec import encode
from services.common.identity import wording_id
from services.common.records import Page, Paper
from services.common.settings import KafkaSettings, TopicSettings, cache_dir
from services.common.topics import ENRICHED, UNIQUE
from services.embed.handler import text_of
from services.embed.opening import chosen, open_model
from services.embed.session import OnnxSession
from services.embed.settings import EmbedSection
from services.embed.tokenizer import Tokenizer
from services.local.kafka import KafkaServer
from services.local.ports import free_port
from services.local.service import ServiceProcess

PAGE = Page(
    page_id="0" * 32,
    source="bench",
    captured_at=datetime(2026, 1, 1, tzinfo=UTC),
    layout="invented",
    date_label=None,
    position=0,
    papers_on_page=1,
    topic="",
    partition=0,
    offset=0,
)
PATIENCE_SECONDS = 600
FIRST_PORT = 26_500


def show(*, texts: int, rounds: int, threads: int = 2) -> None:
    """Print texts a second of both, in turns, and the ratio of each round."""
    papers = [_paper(each.text) for each in abstracts(texts, seed=11)]
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as folder:
        kafka = KafkaServer(
            Path(folder), free_port(FIRST_PORT), free_port(FIRST_PORT + 1), cache=cache_dir()
        )
        try:
            kafka.start()
            kafka.wait_ready()
            measured = [
                (_bare(papers, threads), asyncio.run(_served(kafka, papers, threads, Path(folder))))
                for _ in range(rounds)
            ]
        finally:
            kafka.stop()
    table = Table("", "texts/s, each round", "median")
    for name, rates in zip(("bare loop", "service"), zip(*measured, strict=True), strict=True):
        each = ", ".join(f"{rate:.1f}" for rate in rates)
        table.add_row(name, each, f"{statistics.median(rates):.1f}")
    ratios = [served / bare for bare, served in measured]
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    table.add_row("ratio", each, f"{statistics.median(ratios):.2f}")
    Console(width=120).print(f"{texts} texts, {threads} threads, Kafka on the same cores", table)


def _paper(text: str) -> Paper:
    title, _, abstract = text.partition(". ")
    name = wording_id(title, abstract)
    return Paper(wording_id=name, paper_id=name, title=title, abstract=abstract, page=PAGE)


def _bare(papers: Sequence[Paper], threads: int) -> float:
    """Give texts a second of a pool of threads that tokenises and runs, and nothing else."""
    section = EmbedSection(device="cpu")
    choice = chosen(section)
    session = open_model(choice, section, cache_dir()).session
    assert isinstance(session, OnnxSession)
    tokenizer = Tokenizer(
        choice.model.tokenizer_file, choice.model.architecture, max_tokens=MAX_TOKENS
    )
    texts = [text_of(paper) for paper in papers]
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda text: session.run(tokenizer.tokens(text).ids), texts))
    return len(texts) / (time.perf_counter() - started)


async def _served(kafka: KafkaServer, papers: Sequence[Paper], threads: int, folder: Path) -> float:
    """Give texts a second of a service that waits, from the first fed to the last committed."""
    prefix = f"b{uuid.uuid4().hex[:8]}"
    settings, names = KafkaSettings(bootstrap_servers=kafka.address), TopicSettings(prefix=prefix)
    clients = KafkaClients(settings)
    await create_topics(settings, names)
    service = ServiceProcess(
        "embed",
        (sys.executable, "-P", "-m", "services.embed"),
        free_port(FIRST_PORT + 2),
        log=folder / "embed.log",
        environment={
            "HEADRACE_KAFKA__BOOTSTRAP_SERVERS": kafka.address,
            "HEADRACE_KAFKA__GROUP_PREFIX": prefix,
            "HEADRACE_TOPICS__PREFIX": prefix,
            "HEADRACE_EMBED__THREADS": str(threads),
            "HEADRACE_EMBED__MAX_TOKENS": str(MAX_TOKENS),
            "HEADRACE_STATE_DIR": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
    )
    service.start()
    try:
        await asyncio.to_thread(service.wait_ready)
        ending = asyncio.create_task(_written(clients, names.full_name(ENRICHED), len(papers)))
        started = time.perf_counter()
        await _feed(clients, names.full_name(UNIQUE), papers)
        return len(papers) / (await ending - started)
    finally:
        service.stop()


async def _feed(clients: KafkaClients, topic: str, papers: Sequence[Paper]) -> None:
    producer = await clients.started(clients.producer)
    for paper in papers:
        await producer.send(topic, encode(paper), paper.wording_id.encode())
    await producer.stop()


async def _written(clients: KafkaClients, topic: str, count: int) -> float:
    """Wait for so many committed records, and give when the last one was seen."""
    left = count
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        aclosing(reader.follow(clients, topic)) as records,
    ):
        async for _ in records:
            left -= 1
            if not left:
                break
    return time.perf_counter()
