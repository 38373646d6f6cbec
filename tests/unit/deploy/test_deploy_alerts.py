"""Alerts fire when they should and not otherwise, by Prometheus' own tool; each has a runbook."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.common.metrics import METRICS, PREFIX, WAITS
from tools.alerts import README, refreshed, table

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
RUNBOOKS = ROOT / "docs" / "runbooks"
CASES = sorted(Path(__file__).parent.glob("alerts*_test.yml"))
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool (Debian's package prometheus has it)"
)

METRIC = re.compile(rf"(?<![\w:]){PREFIX}\w+(?![\w:])")
RECORDED = re.compile(r"\b\w*:?headrace_\w+:\w+")
PARTS = ("_bucket", "_sum", "_count")


def rules(file: Path) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]


ALERT_RULES = {rule["alert"]: rule for rule in rules(ALERTS)}


def promtool(*arguments: str | Path) -> None:
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("file", [RULES, ALERTS], ids=lambda file: file.name)
def test_the_rules_are_valid(file: Path) -> None:
    promtool("check", "rules", file)


@needs_promtool
@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name)
def test_each_alert_fires_when_it_should_and_not_otherwise(file: Path) -> None:
    promtool("test", "rules", file)


@pytest.mark.parametrize("alert", ALERT_RULES)
def test_an_alert_is_seen_firing_and_quiet(alert: str) -> None:
    cases = [case for file in CASES for case in yaml.safe_load(file.read_text())["tests"]]
    asked = [each for case in cases for each in case["promql_expr_test"]]
    about = [each for each in asked if f'alertname="{alert}"' in each["expr"]]
    firing = [each for each in about if 'alertstate="firing"' in each["expr"]]
    assert any(each["exp_samples"] for each in firing)
    assert any(not each["exp_samples"] for each in about)


@pytest.mark.parametrize(
    "rule", [*rules(RULES), *rules(ALERTS)], ids=lambda rule: rule["expr"][:40]
)
def test_a_rule_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    names = {PREFIX + metric.name for metric in METRICS}
    known = names | {
        PREFIX + metric.name + part
        for metric in METRICS
        if metric.kind == "histogram"
        for part in PARTS
    }
    recorded = {each["record"] for each in rules(RULES)}
    found = set(METRIC.findall(rule["expr"]))
    asked = set(RECORDED.findall(rule["expr"]))
    assert found <= known
    assert asked <= recorded
    assert found or asked or 'job="headrace"' in rule["expr"]


def test_a_rule_asks_for_label_values_that_there_are() -> None:
    text = RULES.read_text() + ALERTS.read_text()
    reasons = set(re.findall(r'reason="(\w+)"', text))
    assert reasons
    assert reasons <= set(WAITS)
    (objective,) = set(re.findall(r'le="([\d.]+)"', text))
    (latency,) = [metric for metric in METRICS if metric.name == "end_to_end_seconds"]
    assert float(objective) in latency.buckets


@pytest.mark.parametrize("alert", ALERT_RULES)
def test_an_alert_has_a_runbook_of_its_name(alert: str) -> None:
    url = ALERT_RULES[alert]["annotations"]["runbook_url"]
    assert url == f"docs/runbooks/{alert}.md"
    text = (ROOT / url).read_text()
    assert text.startswith(f"# {alert}\n")
    for part in ("## What it means", "## How to look", "## What to do"):
        assert part in text


def test_no_runbook_is_left_over() -> None:
    assert {file.stem for file in RUNBOOKS.glob("Headrace*.md")} == set(ALERT_RULES)


@pytest.mark.parametrize("alert", ALERT_RULES)
def test_an_alert_says_whether_it_wakes_somebody_up(alert: str) -> None:
    assert ALERT_RULES[alert]["labels"]["severity"] in ("page", "ticket")


def test_the_table_of_runbooks_is_current() -> None:
    text = (ROOT / README).read_text()
    assert table(ROOT) in text
    assert refreshed(text, ROOT) == text, "`make docs` (python -m tools.alerts) refreshes it"
