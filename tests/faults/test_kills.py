"""Services are killed at random while papers flow; a read_committed reader sees each once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.records import EnrichedPaper, Paper, Sighting
from services.common.topics import DEAD_LETTER, ENRICHED, PAPERS, SIGHTINGS, UNIQUE
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.pipeline import Pipeline, pages

PAPERS_FED = 20_000
DUPLICATES = 0.3
KILLS = 20
SEED = 20_260_101
DRAIN_SECONDS = 240


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_twenty_kills_lose_and_double_nothing(
    kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    pipeline = Pipeline(kafka, valkey, tmp_path, new_port)
    await create_topics(pipeline.kafka, pipeline.topics)
    fed = list(pages(PAPERS_FED, duplicates=DUPLICATES, seed=SEED))
    await asyncio.to_thread(pipeline.start)
    try:
        feeding = asyncio.create_task(pipeline.feed(fed))
        kills = await asyncio.to_thread(kill, pipeline)
        await feeding
        await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", str(DRAIN_SECONDS))
    finally:
        await asyncio.to_thread(pipeline.stop)
    print(f"seed {SEED}: kills {dict(Counter(kills))}")
    await check(pipeline)
    pipeline.headrace("audit")


def kill(pipeline: Pipeline) -> list[str]:
    """Kill services by a seeded schedule, each restarted at once; give whom."""
    schedule = random.Random(SEED)
    killed = []
    for _ in range(KILLS):
        # Not for luck: the schedule decides which state of a batch the kill meets.
        time.sleep(schedule.uniform(0.2, 2.5))
        name = schedule.choice(sorted(pipeline.services))
        service = pipeline.services[name]
        service.kill()
        service.start()
        killed.append(name)
    return killed


async def check(pipeline: Pipeline) -> None:
    """Count every record by whose it is."""

    listed = [decode(value, Paper) for value in await pipeline.values(PAPERS)]
    wordings = {paper.wording_id for paper in listed}
    places = Counter((paper.page.page_id, paper.page.position) for paper in listed)
    sightings = [decode(value, Sighting) for value in await pipeline.values(SIGHTINGS)]
    unique = Counter(decode(value, Paper).wording_id for value in await pipeline.values(UNIQUE))
    enriched = Counter(
        decode(value, EnrichedPaper).paper_id for value in await pipeline.values(ENRICHED)
    )
    assert len(places) == PAPERS_FED
    assert set(places.values()) == {1}
    assert len(wordings) < PAPERS_FED
    assert Counter((one.page.page_id, one.page.position) for one in sightings) == places
    assert unique == dict.fromkeys(wordings, 1)
    assert enriched == dict.fromkeys(wordings, 1)
    assert await pipeline.values(DEAD_LETTER) == []
