"""A second model beside the first one reads unique from its start, however often it is killed."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from services.cli.backlog import backlogs
from services.cli.cluster import enter
from services.common import groups
from services.common.admin import create_topics
from services.common.codec import decode, encode
from services.common.records import EnrichedPaper
from services.common.topics import ENRICHED, UNIQUE
from services.embed.settings import embed_group
from services.local.kafka import KafkaServer
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests.invented import paper
from tests.pipeline import Pipeline

PAPERS = 20_000
KILLS = 5
PATIENCE_SECONDS = 120.0
SEED = 20260101


@pytest.fixture
async def pipeline(
    kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> Pipeline:
    """Give topics with so many papers on unique; of the services none runs."""
    pipeline = Pipeline(
        kafka,
        valkey,
        tmp_path,
        new_port,
        environment={
            "HEADRACE_EMBED__LABEL": "second",
            "HEADRACE_EMBED__TEXTS_PER_SECOND": "2000",
            "HEADRACE_STREAM__BATCH_RECORDS": "300",
        },
    )
    await create_topics(pipeline.kafka, pipeline.topics)
    producer = await pipeline.clients.started(pipeline.clients.producer)
    for number in range(PAPERS):
        listed = paper(number, words=10)
        named = msgspec.structs.replace(listed, paper_id=listed.wording_id)
        await producer.send(
            pipeline.topics.full_name(UNIQUE), encode(named), listed.wording_id.encode()
        )
    await producer.stop()
    return pipeline


async def test_a_backfill_that_is_killed_again_and_again_is_exactly_once(
    pipeline: Pipeline,
    tmp_path: Path,
    new_port: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in pipeline.environment.items():
        monkeypatch.setenv(name, value)
    cluster = enter(None)
    group, unique = embed_group(cluster.settings), cluster.full_name(UNIQUE.name)
    embed = ServiceProcess(
        "embed-second",
        (sys.executable, "-P", "-m", "services.cli", "run", "embed", "--label", "second"),
        new_port(),
        log=tmp_path / "embed-second.log",
        environment=pipeline.environment,
    )
    moments = sorted(random.Random(SEED).sample(range(500, PAPERS - 2_000), KILLS))

    async def passed() -> int:
        return sum((await groups.committed_offsets(cluster.clients, group, unique)).values())

    async def reaches(offsets: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while await passed() < offsets:
            assert time.monotonic() < deadline, embed.log.read_text()[-2_000:]
            await asyncio.sleep(0.05)

    try:
        for moment in moments:
            embed.start()
            await reaches(moment)
            embed.kill()
        embed.start()
        await reaches(PAPERS)
    finally:
        embed.stop()

    values = await pipeline.values(cluster.enriched())
    papers = Counter(decode(value, EnrichedPaper).paper_id for value in values)
    assert (len(papers), set(papers.values())) == (PAPERS, {1})
    assert await pipeline.values(ENRICHED) == []
    assert [(each.label, each.left) for each in await backlogs(cluster)] == [("second", 0)]
