"""How well the real index tells papers apart: a part of what ``bench.dedupe quality`` measures."""

from __future__ import annotations

import json
import os
import random
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.dedupe.pairs import labelled
from bench.dedupe.papers import Writer
from bench.dedupe.quality import claimed, figures, judged
from services.dedupe.index import RedisIndex, open_index
from services.dedupe.settings import DedupeSection, RedisSettings
from services.ingest.papers import Origin, papers
from services.ingest.reading import read
from services.ingest.settings import IngestSection
from services.local.valkey import ValkeyServer

CAPTURED = os.environ.get("PAGES_DIR")
SEED = 3


@pytest.fixture
async def index(valkey: ValkeyServer) -> AsyncIterator[tuple[RedisIndex, str]]:
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as opened:
        lock = await opened.lock()
        assert lock is not None
        await opened.restore(lock, (), done=True)
        yield opened, await opened.learn() or ""


async def test_papers_are_merged_as_the_rule_means_it(index: tuple[RedisIndex, str]) -> None:
    results = await judged(*index, labelled(Writer(random.Random(SEED)), 20))
    every = figures(results)
    kept = figures([each for each in results if "title kept" in each.pair.kind])
    # Chance has its part: with 20 pairs a kind, one pair is 0.3 per cent.
    assert every.wrong <= 1
    assert every.recall >= 0.98
    assert (kept.one_work_merged, kept.one_work) == (kept.meant, kept.meant)


@pytest.mark.skipif(CAPTURED is None, reason="PAGES_DIR is not set")
async def test_no_two_papers_of_the_captured_pages_are_merged(
    index: tuple[RedisIndex, str],
) -> None:
    folder = Path(CAPTURED or ".")
    expected = json.loads((folder / "expected.json").read_text())
    found = []
    for name in sorted(path.name for path in folder.glob("*.txt")):
        reading = read((folder / name).read_bytes(), limits=IngestSection())
        origin = Origin("0" * 32, name, datetime(2031, 1, 2, tzinfo=UTC), "pages", 0, 0)
        found += papers(reading, origin)
    ids = await claimed(*index, found)
    (total,) = (wanted for name, wanted in expected.items() if name.startswith("all"))
    assert (len(ids), len(set(ids))) == (total["papers"], total["unique"])
    assert ids == [paper.wording_id for paper in found]
