"""Alerts fire when they should and not otherwise, by Prometheus' own tool."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from services.common.telemetry import METRICS, PREFIX

ROOT = Path(__file__).parents[3]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool (Debian's package prometheus has it)"
)


def promtool(*arguments: str | Path) -> None:
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_the_rules_are_valid() -> None:
    promtool("check", "rules", ALERTS)


@needs_promtool
def test_each_alert_fires_when_it_should_and_not_otherwise() -> None:
    promtool("test", "rules", Path(__file__).with_name("alerts_test.yml"))


def test_each_alert_is_about_a_metric_that_there_is() -> None:
    rules = [r for g in yaml.safe_load(ALERTS.read_text())["groups"] for r in g["rules"]]
    names = {PREFIX + metric.name for metric in METRICS}
    for rule in rules:
        found = {word for word in rule["expr"].replace("(", " ").split() if PREFIX in word}
        used = {word.partition("[")[0].partition("{")[0] for word in found}
        assert used
        assert used <= names
