from __future__ import annotations

import re
import subprocess
import sys
from typing import get_args

import pytest
from typer.testing import CliRunner

from services.cli.main import app, status_of
from services.cli.options import TopicName
from services.common.errors import BadSetting, Fatal, Rejected, Retryable, Stale
from services.common.topics import TOPICS

COMMANDS = (
    "up", "down", "status", "demo", "parse", "feed", "load", "drain", "tail", "export", "audit",
    "stats", "index", "model", "topics", "settings", "run",
)  # fmt: skip


def run(*args: str):
    return CliRunner().invoke(app, args)


def test_help_names_every_command():
    found = run("--help")
    assert found.exit_code == 0
    assert all(re.search(rf"│ {command} ", found.stdout) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    found = run(command, "--help")
    assert found.exit_code == 0
    assert f"headrace {command}" in found.stdout or "Usage: root" in found.stdout


def test_the_version_is_shown_with_the_build():
    assert re.fullmatch(
        r"headrace \d+\.\d+\.\d+\S* \(build [0-9a-f]{12}\)\n", run("--version").stdout
    )


def test_topics_go_by_their_short_names():
    assert get_args(TopicName) == tuple(topic.name for topic in TOPICS)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Fatal("x"), 75),
        (BadSetting("x"), 78),
        (Retryable("r", "x"), 75),
        (Rejected("r", "x"), 1),
        (Stale("x"), 1),
    ],
)
def test_an_error_has_an_exit_status(error, status):
    assert status_of(error) == status


def test_an_error_is_one_line_on_standard_error(tmp_path):
    found = subprocess.run(
        [sys.executable, "-m", "services.cli", "settings"],
        env={"HEADRACE_KAFKA__NO_SUCH": "[red]planted", "HEADRACE_STATE_DIR": str(tmp_path)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert found.returncode == 78
    assert found.stdout == ""
    assert found.stderr == ("headrace: HEADRACE_KAFKA__NO_SUCH: Extra inputs are not permitted\n")


def test_a_topic_that_is_none_is_refused_with_those_that_are():
    found = run("tail", "page")
    assert found.exit_code == 2
    assert "dead-letter" in found.output


def test_a_folder_without_pages_stops_the_demo_before_it_starts(tmp_path):
    found = run("demo", "--pages", str(tmp_path))
    assert str(found.exception).startswith(f"no pages in {tmp_path}")
