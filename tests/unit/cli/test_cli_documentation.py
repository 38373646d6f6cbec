from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.cli.catalogue import catalogue
from services.cli.documentation import PLACES, TABLES, between, refreshed, schema_files
from services.common.metrics import METRICS
from services.common.settings import TopicSettings
from services.common.topics import TOPICS

ROOT = Path(__file__).parents[3]
REFRESH = "`make docs` (python -m services.cli.documentation) refreshes it"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_as_the_code_says(name):
    written = between((ROOT / PLACES[name]).read_text(), name)
    assert written is not None, f"{PLACES[name]} needs <!-- {name} --> and <!-- /{name} -->"
    assert written == TABLES[name](), f"the table of {name} is out of date: {REFRESH}"


@pytest.mark.parametrize("name", schema_files())
def test_a_schema_is_as_the_code_says(name):
    file = ROOT / "deploy" / "schemas" / name
    assert file.exists(), f"{file} is missing: {REFRESH}"
    assert file.read_bytes() == schema_files()[name], f"{name} is out of date: {REFRESH}"


def test_no_schema_is_left_over():
    found = {file.name for file in (ROOT / "deploy" / "schemas").iterdir()}
    assert found == set(schema_files())


@pytest.mark.parametrize("content", schema_files().values(), ids=schema_files())
def test_a_schema_names_its_draft_and_no_host(content):
    schema = json.loads(content)
    assert schema["$schema"].endswith("/2020-12/schema")
    assert schema["$id"].startswith("urn:headrace:")


def test_tables_have_a_row_for_everything():
    settings, topics, metrics = (TABLES[name]() for name in ("settings", "topics", "metrics"))
    assert all(f"`{setting.variable}`" in settings for setting in catalogue())
    assert all(f"`{name}`" in topics for name in TopicSettings().full_names().values())
    assert all(f"`headrace_{metric.name}`" in metrics for metric in METRICS)
    assert len(topics.splitlines()) == 2 + len(TOPICS)


@pytest.mark.parametrize("name", TABLES)
def test_no_cell_breaks_its_table(name):
    lines = TABLES[name]().splitlines()
    assert len({line.count("|") for line in lines}) == 1


def test_refreshing_replaces_what_is_between_the_markers_alone():
    text = "before\n<!-- topics -->\nold\n<!-- /topics -->\nafter <!-- settings -->"
    new = refreshed(text)
    assert new.startswith("before\n<!-- topics -->\n| topic |")
    assert new.endswith("|\n<!-- /topics -->\nafter <!-- settings -->")
    assert refreshed(new) == new
    assert between(new, "topics") == TABLES["topics"]()


def test_a_missing_marker_is_told():
    assert between("<!-- topics --> and no end", "topics") is None
