"""The demo's pages, and a folder of captured pages named by PAGES_DIR, against expected counts.

``expected.json`` gives for each file its papers, and for all files together the unique ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.common.records import Paper
from services.ingest.clean import lines
from services.ingest.papers import Origin, papers
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection

DEMO = Path(__file__).parents[3] / "deploy" / "demo"
CAPTURED = os.environ.get("PAGES_DIR")
FOLDERS = {
    "demo": (DEMO / "pages", DEMO / "expected.json"),
    "captured": (Path(CAPTURED or "."), Path(CAPTURED or ".") / "expected.json"),
}

Folder = tuple[Path, dict[str, dict[str, Any]]]


@pytest.fixture(
    params=[
        "demo",
        pytest.param(
            "captured", marks=pytest.mark.skipif(CAPTURED is None, reason="PAGES_DIR is not set")
        ),
    ]
)
def folder(request: pytest.FixtureRequest) -> Folder:
    pages, expected = FOLDERS[request.param]
    return pages, json.loads(expected.read_text())


def read_all(folder: Folder) -> Iterator[tuple[str, dict[str, Any], Reading, tuple[Paper, ...]]]:
    pages, expected = folder
    for name, wanted in expected.items():
        if (pages / name).suffix == ".txt":
            reading = read((pages / name).read_bytes(), limits=IngestSection())
            origin = Origin("0" * 32, name, datetime(2031, 1, 2, tzinfo=UTC), "pages", 0, 0)
            yield name, wanted, reading, papers(reading, origin)


def test_each_page_gives_the_expected_papers(folder: Folder) -> None:
    for name, wanted, reading, found in read_all(folder):
        titled = sum(paper.title is not None for paper in found)
        assert (name, len(found), titled) == (name, wanted["papers"], wanted["titled"])
        assert all(paper.abstract for paper in found)
        assert reading.listing.date_label == wanted.get("date_label")
        assert wanted.get("layout", reading.layout) == reading.layout


def test_words_are_those_of_the_pages_lines(folder: Folder) -> None:
    for name, wanted, _, found in read_all(folder):
        on_page = [line for line in lines((folder[0] / name).read_text(encoding="utf-8")) if line]
        texts = [text for paper in found for text in (paper.title, paper.abstract) if text]
        prefix = wanted.get("glued_prefix", "")
        texts[0] = prefix + texts[0]
        start = on_page.index(texts[0])
        noise = wanted.get("noise_lines", [])
        rest = [line for line in on_page[start:] if line not in noise]
        assert rest[: len(texts)] == texts
        assert all(len(line) < 100 for line in on_page[:start] + rest[len(texts) :])


def test_every_file_of_the_folder_is_expected(folder: Folder) -> None:
    pages, expected = folder
    assert {path.name for path in pages.glob("*.txt")} == {
        name for name in expected if name.endswith(".txt")
    }


def test_exact_duplicates_share_their_wording_id(folder: Folder) -> None:
    ids = [paper.wording_id for _, _, _, found in read_all(folder) for paper in found]
    (total,) = (wanted for name, wanted in folder[1].items() if name.startswith("all"))
    assert (len(ids), len(set(ids))) == (total["papers"], total["unique"])
    assert total["exact_duplicates"] == total["papers"] - total["unique"]
