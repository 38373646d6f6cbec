"""Pages of every layout through the whole pipeline: each paper is sighted, the ledger agrees."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cramjam
import pytest

from services.common.admin import create_topics
from services.common.codec import decode
from services.common.outcomes import header
from services.common.records import EnrichedPaper, Sighting
from services.common.topics import DEAD_LETTER, ENRICHED, SIGHTINGS
from services.ingest.layouts.table import LAYOUTS
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer
from tests.fuzz import corpus
from tests.pipeline import Pipeline

PAGES = Path(__file__).parents[1] / "pages"


@pytest.mark.slow
async def test_every_fixture_page_comes_through(
    kafka: KafkaServer, valkey: ValkeyServer, tmp_path: Path, new_port: Callable[[], int]
) -> None:
    pipeline = Pipeline(kafka, valkey, tmp_path, new_port)
    await create_topics(pipeline.kafka, pipeline.topics)
    pages = corpus.pages()
    expected = {
        name: json.loads((PAGES / name).with_suffix(".expected").read_text()) for name in pages
    }
    packed = {
        "gzip": gzip.compress(pages["arxiv_atom/" + first(pages, "arxiv_atom")]),
        "zstd": bytes(cramjam.zstd.compress(pages["json_lines/" + first(pages, "json_lines")])),
    }
    await asyncio.to_thread(pipeline.start)
    try:
        await pipeline.feed([*pages.values(), *packed.values()])
        await asyncio.to_thread(pipeline.headrace, "drain", "--timeout", "120")
    finally:
        await asyncio.to_thread(pipeline.stop)
    await asyncio.to_thread(pipeline.headrace, "audit")
    again = [expected[f"{name}/{first(pages, name)}"] for name in ("arxiv_atom", "json_lines")]
    listed = [*expected.values(), *again]
    sightings = [decode(value, Sighting) for value in await pipeline.values(SIGHTINGS)]
    assert len(sightings) == sum(len(page["papers"]) for page in listed)
    assert {one.page.layout for one in sightings} == {layout.name for layout in LAYOUTS}
    enriched = [decode(value, EnrichedPaper) for value in await pipeline.values(ENRICHED)]
    assert {one.paper_id for one in enriched} == {one.paper_id for one in sightings}
    letters = Counter(
        header(letter, "headrace.reason") for letter in await pipeline.records(DEAD_LETTER)
    )
    assert letters == {b"bad_item": sum(page.get("bad_items", 0) for page in listed)}


def first(pages: dict[str, bytes], layout: str) -> str:
    """Give the name of a layout's first page."""
    return next(name for name in pages if name.startswith(f"{layout}/")).partition("/")[2]
