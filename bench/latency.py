"""From feed to enriched: a 10-paper page on an idle stack with the CPU encoder.

``python -m bench.latency`` starts a stack of its own and prints p50 and p99.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from aiokafka import TopicPartition

from services.common.clients import KafkaClients
from services.common.settings import STATE_DIR, CommonSettings, cache_dir, load
from services.common.topics import ENRICHED, PAGES
from services.local.launcher import Launcher
from services.local.plan import Plan, workers
from services.local.service import health

BANNER = "Get trending papers in your email inbox once a day!\nSubscribe"
PAPERS = 10
MEAN_WORDS = 150
SYLLABLES = ("ba", "co", "di", "fe", "gu", "la", "mo", "ne", "pi", "ru", "sa", "ti", "vo", "zu")


def page(source: random.Random) -> bytes:
    """Give a page of ten papers that were never there before, as long as real abstracts."""
    lines = []
    for _ in range(PAPERS):
        lines.append(_words(source, 8))
        lines.append(_words(source, int(source.gauss(MEAN_WORDS, 30))) + ".")
    return (BANNER + "\n".join(lines)).encode()


def _words(source: random.Random, count: int) -> str:
    return " ".join(
        "".join(source.choices(SYLLABLES, k=2)) for _ in range(max(count, 60 if count > 8 else 1))
    )


async def measure(rounds: int, seed: int) -> list[float]:
    """Give the seconds from the page's acknowledgement to the tenth enriched paper, each round."""
    settings = load(CommonSettings)
    clients, names = KafkaClients(settings.kafka), settings.topics.full_names()
    producer = await clients.started(clients.producer)
    consumer = await clients.started(clients.reader)
    numbers = sorted(await producer.partitions_for(names[ENRICHED.name]))
    partitions = [TopicPartition(names[ENRICHED.name], number) for number in numbers]
    consumer.assign(partitions)
    await consumer.seek_to_end(*partitions)
    source, seconds = random.Random(seed), []
    for _ in range(rounds):
        body = page(source)
        started = time.perf_counter()
        await producer.send_and_wait(names[PAGES.name], body, key=str(started).encode())
        seen = 0
        while seen < PAPERS:
            batches = await consumer.getmany(timeout_ms=1000)
            seen += sum(len(records) for records in batches.values())
        seconds.append(time.perf_counter() - started)
        # Idle again, at another moment of the services' polls each time.
        await asyncio.sleep(source.uniform(0.6, 1.2))
    await consumer.stop()
    await producer.stop()
    return seconds


def report(seconds: Sequence[float]) -> str:
    """Give the line that goes into the README."""
    cuts = statistics.quantiles(seconds, n=100)
    return (
        f"{len(seconds)} pages of {PAPERS} papers: p50 {cuts[49] * 1000:.0f} ms, "
        f"p90 {cuts[89] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, "
        f"most {max(seconds) * 1000:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[STATE_DIR] = folder
        plan = Plan(workers=workers(1))
        with Launcher(plan, state=Path(folder), cache=cache_dir(), say=print) as launcher:
            stack = launcher.start()
            services = [member for member in stack.members if member.role == "service"]
            while not all((h := health(member.address)) and h.ready for member in services):
                time.sleep(0.2)
            asyncio.run(measure(10, options.seed + 1))
            print(report(asyncio.run(measure(options.rounds, options.seed))))


if __name__ == "__main__":
    main()
