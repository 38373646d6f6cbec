"""Pages in, enriched papers out: the three services as processes, with the real model."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.records import EnrichedPaper, Paper, Sighting
from services.common.topics import DEAD_LETTER, ENRICHED, PAPERS, SIGHTINGS, UNIQUE
from services.embed.handler import text_of
from services.embed.model import find_model
from services.embed.recipe import read_recipe
from services.embed.reference import forward
from services.embed.tokenizer import Tokenizer
from services.embed.vector import from_base64
from services.embed.weights import read_weights
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.pipeline import Pipeline

DEMO = Path(__file__).parents[2] / "deploy" / "demo"
MAX_DIFFERENCE = 1e-5


@pytest.fixture
async def pipeline(
    kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> AsyncIterator[Pipeline]:
    pipeline = Pipeline(kafka, valkey, tmp_path, new_port, encoder="onnx")
    await create_topics(pipeline.kafka, pipeline.topics)
    await asyncio.to_thread(pipeline.start)
    yield pipeline
    await asyncio.to_thread(pipeline.stop)


async def through(pipeline: Pipeline, pages: list[bytes]) -> None:
    await pipeline.feed(pages)
    await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "150")


def captured(folder: Path) -> tuple[list[bytes], dict[str, int]]:
    """Give a folder's pages in the order of its expected.json, and what all of them come to."""
    expected = json.loads((folder / "expected.json").read_text())
    names = [name for name in expected if (folder / name).is_file()]
    return [(folder / name).read_bytes() for name in names], expected["all_three_in_this_order"]


async def test_the_sample_pages_come_out_enriched_and_only_once(pipeline: Pipeline) -> None:
    expected = json.loads((DEMO / "expected.json").read_text())
    total = expected["all_in_any_order"]
    pages = [page.read_bytes() for page in sorted((DEMO / "pages").iterdir())]
    await through(pipeline, pages)
    assert len(await pipeline.values(PAPERS)) == total["papers"]
    enriched = [decode(value, EnrichedPaper) for value in await pipeline.values(ENRICHED)]
    assert len({paper.paper_id for paper in enriched}) == len(enriched) == total["unique"]
    await matches_the_reference(enriched[:5])

    await through(pipeline, pages)
    verdicts = Counter(
        decode(value, Sighting).verdict.value for value in await pipeline.values(SIGHTINGS)
    )
    assert verdicts == {
        "new": total["unique"],
        "exact": 2 * total["papers"] - total["unique"],
    }
    assert len(await pipeline.values(ENRICHED)) == total["unique"]
    pipeline.headrace("audit")


async def matches_the_reference(papers: list[EnrichedPaper]) -> None:
    model = find_model(None)
    weights = read_weights(model.weights_file, model.architecture)
    tokenizer = Tokenizer(model.tokenizer_file, model.architecture, max_tokens=384)
    recipe = read_recipe(model.folder, model.architecture)
    for paper in papers:
        ids = tokenizer.tokens(text_of(paper)).ids
        (expected,) = forward([ids], model.architecture, weights, recipe)
        vector = from_base64(paper.embedding.vector)
        assert np.max(np.abs(vector - expected)) <= MAX_DIFFERENCE
        assert paper.embedding.tokens == len(ids)
        assert paper.embedding.provider == "CPUExecutionProvider"


async def test_pages_that_cannot_be_read_are_kept_with_their_reason(pipeline: Pipeline) -> None:
    healthy = min((DEMO / "pages").iterdir()).read_bytes()
    refused = {
        b"": "empty_page",
        bytes(range(256)) * 8: "not_text",
        b"x" * (8 * 1024 * 1024 + 1): "page_too_large",
        b"Dear diary, nothing was listed today.\n": "unknown_layout",
    }
    await through(pipeline, [*refused, healthy])
    letters = await pipeline.values(DEAD_LETTER)
    assert sorted(letters) == sorted(refused)
    assert len(await pipeline.values(PAPERS)) == len(await pipeline.values(SIGHTINGS)) > 0
    pipeline.headrace("audit")


@pytest.mark.skipif(
    "PAGES_DIR" not in os.environ, reason="no folder of captured pages in PAGES_DIR"
)
async def test_captured_pages_give_what_they_list(pipeline: Pipeline) -> None:
    pages, total = captured(Path(os.environ["PAGES_DIR"]))
    await through(pipeline, pages)
    listed = [decode(value, Paper) for value in await pipeline.values(PAPERS)]
    assert len(listed) == total["papers"]
    lines = {" ".join(line.split()) for page in pages for line in page.decode().splitlines()}
    lines |= {line.removeprefix("Subscribe") for line in lines}
    assert {text for paper in listed for text in (paper.title, paper.abstract) if text} <= lines
    for rounds in (1, 2):
        sightings = [decode(value, Sighting) for value in await pipeline.values(SIGHTINGS)]
        verdicts = Counter(sighting.verdict.value for sighting in sightings)
        assert len(sightings) == rounds * total["papers"]
        assert verdicts["new"] == total["unique"]
        assert len(await pipeline.values(UNIQUE)) == total["unique"]
        assert len(await pipeline.values(ENRICHED)) == total["unique"]
        pipeline.headrace("audit")
        if rounds == 1:
            await through(pipeline, pages)
