"""The table of alerts in docs/runbooks/README.md: ``python -m tools.alerts``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
README = Path("docs/runbooks/README.md")
OPENING, CLOSING = "<!-- alerts -->", "<!-- /alerts -->"


def table(root: Path) -> str:
    """Give a row for each alert: how urgent it is, and by which tests it is seen to fire."""
    rules = (root / "deploy" / "prometheus" / "alerts.yml").read_text()
    files = sorted((root / "tests" / "unit" / "deploy").glob("alerts*_test.yml"))
    cases = [case for file in files for case in yaml.safe_load(file.read_text())["tests"]]
    lines = ["| alert | severity | fires in the test |", "| --- | --- | --- |"]
    for group in yaml.safe_load(rules)["groups"]:
        for rule in group["rules"]:
            name = rule["alert"]
            tests = "; ".join(_firing(name, cases))
            lines.append(f"| [{name}]({name}.md) | {rule['labels']['severity']} | {tests} |")
    return "\n".join(lines)


def refreshed(text: str, root: Path) -> str:
    """Give the text with the table as it is now."""
    before, _, rest = text.partition(OPENING)
    _, _, after = rest.partition(CLOSING)
    return f"{before}{OPENING}\n{table(root)}\n{CLOSING}{after}"


def _firing(alert: str, cases: list[dict[str, Any]]) -> Iterator[str]:
    for case in cases:
        asked = [each for each in case["promql_expr_test"] if each["exp_samples"]]
        if any(f'alertname="{alert}"' in each["expr"] for each in asked):
            yield case["name"]


if __name__ == "__main__":
    file = ROOT / README
    file.write_text(refreshed(file.read_text(), ROOT))
