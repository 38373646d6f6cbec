"""``headrace up``, ``down`` and ``status`` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from services.cli.stack import register
from services.common.errors import BadSetting
from services.common.settings import STATE_DIR


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Set here, so that what a command puts into the environment is undone after the test.
    monkeypatch.setenv(STATE_DIR, str(tmp_path / "elsewhere"))
    return tmp_path / "state"


def headrace(*words: str | Path) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_status_of_nothing_says_how_to_start_it_and_exits_with_1(state: Path):
    result = headrace("status", "--state-dir", state)
    assert result.exit_code == 1
    assert "headrace up" in result.stderr


def test_status_of_nothing_as_json_is_json_all_the_same(state: Path):
    result = headrace("status", "--json", "--state-dir", state)
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"running": False, "state_dir": str(state)}


def test_down_of_nothing_succeeds_and_says_so(state: Path):
    result = headrace("down", "--state-dir", state)
    assert result.exit_code == 0
    assert "Nothing runs in" in result.stderr


@pytest.mark.parametrize("detach", [(), ("--detach",)])
def test_up_without_java_starts_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch, detach: tuple[str, ...]
):
    monkeypatch.setenv("PATH", str(state))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("HEADRACE_KAFKA__BOOTSTRAP_SERVERS", raising=False)
    result = headrace("up", *detach, "--state-dir", state)
    assert isinstance(result.exception, BadSetting)
    assert "Kafka needs Java" in str(result.exception)
    assert not state.exists()
