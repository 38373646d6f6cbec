"""A takedown, and what embed refused, through the three services as processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.dead_letters import dead_letter
from services.common.errors import Rejected
from services.common.records import EnrichedPaper
from services.common.topics import DEAD_LETTER, ENRICHED, PAPERS, UNIQUE
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


async def test_what_embed_refused_comes_again_as_a_revision(pipeline: Pipeline) -> None:
    await through(pipeline)
    (unique,) = [r for r in await pipeline.records(UNIQUE) if LISTED[1].wording_id in str(r.key)]
    letter = dead_letter(unique, Rejected("bad_vector", "it had a NaN"), stage="embed")
    producer = await pipeline.clients.started(pipeline.clients.producer)
    topic = pipeline.topics.full_name(DEAD_LETTER)
    headers = list(letter.headers)
    await producer.send_and_wait(topic, letter.value, key=letter.key, headers=headers)
    await producer.stop()
    await asyncio.to_thread(pipeline.headrace, "dead-letters", "redrive", "--all", "--yes")
    await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "150")
    latest = {
        paper.paper_id: paper.revision
        for value in await pipeline.values(ENRICHED)
        if (paper := decode(value, EnrichedPaper))
    }
    assert latest[LISTED[1].wording_id] == 1
    assert set(latest.values()) == {0, 1}
