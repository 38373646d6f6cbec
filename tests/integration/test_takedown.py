"""A takedown through the three services as processes: what is left of a paper, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.records import EnrichedPaper
from services.common.topics import ENRICHED, PAPERS
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.invented import paper
from tests.pipeline import BANNER, Pipeline

LISTED = [paper(number) for number in range(3)]
PAGE = f"{BANNER}Subscribe" + "".join(f"{one.title}\n{one.abstract}\n" for one in LISTED)


@pytest.fixture
async def pipeline(
    kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> AsyncIterator[Pipeline]:
    pipeline = Pipeline(kafka, valkey, tmp_path, new_port)
    await create_topics(pipeline.kafka, pipeline.topics)
    await asyncio.to_thread(pipeline.start)
    yield pipeline
    await asyncio.to_thread(pipeline.stop)


async def through(pipeline: Pipeline, *command: str) -> None:
    if command:
        await asyncio.to_thread(pipeline.headrace, *command)
    else:
        await pipeline.feed([PAGE.encode()])
    await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "150")
    await asyncio.to_thread(pipeline.headrace, "audit")
    await asyncio.to_thread(pipeline.headrace, "index", "verify", "--all")


async def enriched(pipeline: Pipeline) -> dict[str, str | None]:
    """Give the title of each paper on enriched as a consumer holds it: the last one, or a null."""
    return {
        (record.key or b"").decode(): (
            None if record.value is None else decode(record.value, EnrichedPaper).title
        )
        for record in await pipeline.records(ENRICHED)
    }


async def test_a_takedown_leaves_a_null_and_its_undoing_a_vector(pipeline: Pipeline) -> None:
    await through(pipeline)
    titles = {one.wording_id: one.title for one in LISTED}
    assert await enriched(pipeline) == titles
    down = LISTED[1].wording_id
    await through(pipeline, "forget", down, "--yes")
    assert await enriched(pipeline) == titles | {down: None}
    await through(pipeline)
    assert await enriched(pipeline) == titles | {down: None}
    await through(pipeline, "forget", "--undo", down)
    assert await enriched(pipeline) == titles
    # Two pages of three papers, the takedown and its undoing.
    assert len(await pipeline.records(PAPERS)) == 8
