from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from services.cli import console
from services.cli.catalogue import AllSettings, catalogue, effective, shown
from services.cli.cluster import Cluster
from services.cli.main import app
from services.common.clients import KafkaClients
from services.common.settings import SECTIONS, load
from services.dedupe.app import service as dedupe
from services.embed.app import service as embed
from services.ingest.app import service as ingest

SECRET = "planted-4f1d"


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Keep settings of the machine out."""
    monkeypatch.setenv("HEADRACE_STATE_DIR", str(tmp_path))
    # No cell is wrapped, so that a secret would be found in one piece.
    monkeypatch.setattr(console.out, "width", 400)
    return tmp_path


def run(*args: str):
    return CliRunner().invoke(app, args)


def values() -> dict[str, tuple[object, str]]:
    found = effective(load(AllSettings))
    return {row.setting.variable: (row.value, row.source) for row in found}


def test_every_section_is_in_the_catalogue():
    assert {setting.section for setting in catalogue()} == set(SECTIONS)


def test_defaults_are_their_own_source():
    assert values()["HEADRACE_DEDUPE__NAMESPACE"] == ("main", "default")


def test_the_local_stack_is_named_as_a_source(state):
    (state / "settings.json").write_text(json.dumps({"kafka": {"bootstrap_servers": "a:1"}}))
    assert values()["HEADRACE_KAFKA__BOOTSTRAP_SERVERS"] == ("a:1", "local stack")


def test_the_environment_wins_over_the_local_stack(state, monkeypatch):
    (state / "settings.json").write_text(json.dumps({"kafka": {"bootstrap_servers": "a:1"}}))
    monkeypatch.setenv("HEADRACE_KAFKA__BOOTSTRAP_SERVERS", "b:2")
    assert values()["HEADRACE_KAFKA__BOOTSTRAP_SERVERS"] == ("b:2", "environment")


def test_a_secret_file_is_named_as_a_source(tmp_path, monkeypatch):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "HEADRACE_KAFKA__SASL_PASSWORD").write_text(SECRET)
    monkeypatch.setenv("HEADRACE_SECRETS_DIR", str(tmp_path / "secrets"))
    assert values()["HEADRACE_KAFKA__SASL_PASSWORD"] == ("***", "secret file")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SecretStr(SECRET), "***"),
        (f"redis://me:{SECRET}@example.org:6379/0", "redis://***@example.org:6379/0"),
        (f"redis://x/0?password={SECRET}", "redis://x/0?***"),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        (Path("/a/b"), "/a/b"),
        (None, None),
        (3, 3),
    ],
)
def test_what_is_shown_hides_secrets(value, expected):
    assert shown(value) == expected


@pytest.mark.parametrize("args", [("settings",), ("settings", "--json")])
def test_a_planted_secret_is_never_shown(args, monkeypatch):
    monkeypatch.setenv("HEADRACE_KAFKA__SASL_PASSWORD", SECRET)
    monkeypatch.setenv("HEADRACE_REDIS__PASSWORD", SECRET)
    monkeypatch.setenv("HEADRACE_REDIS__URL", f"redis://me:{SECRET}@example.org/0")
    result = run(*args)
    assert result.exit_code == 0
    assert "redis://***@example.org/0" in result.output
    assert SECRET not in result.output


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("HEADRACE_KAFKA__SASL_PASWORD", "HEADRACE_KAFKA__SASL_PASWORD: Extra inputs"),
        ("HEADRACE_KAFKA__START_TIMEOUT_SECONDS", "HEADRACE_KAFKA__START_TIMEOUT_SECONDS: Input"),
        ("HEADRACE_KAFKAA__SASL_PASSWORD", "HEADRACE_KAFKAA__SASL_PASSWORD: no such setting"),
    ],
)
def test_an_error_names_the_variable_and_not_its_value(name, message, monkeypatch):
    monkeypatch.setenv(name, SECRET)
    result = run("settings")
    assert result.exit_code != 0
    assert message in str(result.exception)
    assert SECRET not in str(result.exception) + result.output


def test_json_holds_every_setting_with_its_description():
    rows = json.loads(run("settings", "--json").stdout)
    assert [row["variable"] for row in rows] == [setting.variable for setting in catalogue()]
    assert all(row["description"] for row in rows)


def test_the_stages_are_the_groups_and_sources_of_the_services():
    settings = load(AllSettings)
    stages = Cluster(settings, KafkaClients(settings.kafka)).stages()
    routes = [service(settings).route for service in (ingest, dedupe, embed)]
    assert [(stage.name, stage.group, stage.source) for stage in stages] == [
        (route.service, route.group, route.source.name) for route in routes
    ]
