"""``headrace parse``: what a saved page would become, without Kafka."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.common.codec import decode
from services.common.records import Paper
from services.ingest.layouts.table import LAYOUTS
from tests.invented_pages import blocks_page, pairs

SAVED = datetime(2031, 5, 6, 7, 8, tzinfo=UTC)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["parse", *args], env={"COLUMNS": "200"})


@pytest.fixture
def page(tmp_path: Path) -> str:
    file = tmp_path / "daily.txt"
    file.write_text(blocks_page(pairs(3)))
    os.utime(file, (SAVED.timestamp(), SAVED.timestamp()))
    return str(file)


@pytest.fixture
def essay(tmp_path: Path) -> str:
    file = tmp_path / "essay.txt"
    file.write_text("The bus was late again.\n" * 30)
    return str(file)


def test_a_page_is_shown_with_its_layout_and_its_papers(page: str) -> None:
    found = run(page)
    assert found.exit_code == 0
    assert "Layout: huggingface_blocks: the site's banner" in found.stdout
    assert "Papers: 3, in " in found.stdout
    assert all(title[:20] in found.stdout for title, _ in pairs(3))


def test_a_page_that_would_be_a_dead_letter_says_why_and_exits_with_1(essay: str) -> None:
    found = run(essay)
    assert found.exit_code == 1
    assert "Would be a dead letter: unknown_layout: plain text; tried " in found.stdout


def test_what_every_layout_says_is_shown_when_asked_for(page: str, essay: str) -> None:
    for file in (page, essay):
        found = run("--explain", file).stdout
        assert all(layout.name in found for layout in LAYOUTS)


def test_json_has_the_records_that_ingest_would_write(page: str) -> None:
    found: dict[str, Any] = json.loads(run("--json", page).stdout)
    assert (found["layout"], found["declared"], found["flags"]) == ("huggingface_blocks", None, [])
    papers = [decode(json.dumps(paper).encode(), Paper) for paper in found["papers"]]
    assert [(paper.title, paper.abstract) for paper in papers] == pairs(3)
    assert papers[0].page.captured_at == SAVED
    assert papers[0].page.source == "daily.txt"


def test_several_pages_are_a_row_each_and_json_a_list(page: str, essay: str) -> None:
    rows = run(page, essay)
    assert rows.exit_code == 1
    assert "daily.txt" in rows.stdout
    assert "unknown_layout" in rows.stdout
    listed = json.loads(run("--json", page, essay).stdout)
    assert [each["layout"] for each in listed] == ["huggingface_blocks", None]
    assert listed[1]["refused"]["reason"] == "unknown_layout"


def test_limits_are_those_of_the_settings(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_INGEST__PAPERS_PER_PAGE", "2")
    assert "too_many_papers" in run(page).stdout


def test_a_file_that_is_not_there_is_named() -> None:
    found = run("nowhere.html")
    assert found.exit_code != 0
    assert "nowhere.html: there is no such file" in str(found.exception)
