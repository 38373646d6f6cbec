"""Write the dashboards, or what a running Prometheus has to draw on them.

python -m tools.dashboards            their JSON, into deploy/grafana/dashboards
python -m tools.dashboards values     what each query is worth, into docs/dashboards.md
python -m tools.dashboards draw       a picture of each, into docs/images
python -m tools.dashboards typescript a module that Grafana's schema package judges, to stdout
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tools.dashboards.asking import Prometheus, Span
from tools.dashboards.grafana import rendered
from tools.dashboards.picture import Answered, drawn
from tools.dashboards.seen import Seen, refreshed, shown
from tools.dashboards.table import DASHBOARDS
from tools.dashboards.typed import typescript

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "grafana" / "dashboards"
PAGE = ROOT / "docs" / "dashboards.md"
PICTURES = ROOT / "docs" / "images"
POINTS = 60


def write(folder: Path) -> None:
    """Write the JSON of each dashboard."""
    folder.mkdir(parents=True, exist_ok=True)
    for dashboard in DASHBOARDS:
        (folder / f"{dashboard.name}.json").write_text(rendered(dashboard))


def values(prometheus: Prometheus, span: Span, page: Path) -> None:
    """Write what each query is worth into the table of a page."""
    seen = [
        Seen(
            dashboard,
            panel,
            query,
            shown([(each.labels, each.last) for each in prometheus.now(query.expr, span)]),
        )
        for dashboard in DASHBOARDS
        for panel in dashboard.panels
        for query in panel.queries
    ]
    page.write_text(refreshed(page.read_text(), seen))


def draw(prometheus: Prometheus, span: Span, folder: Path) -> None:
    """Write a picture of each dashboard."""
    folder.mkdir(parents=True, exist_ok=True)
    for dashboard in DASHBOARDS:
        answers = [Answered(panel, prometheus.drawn(panel, span)) for panel in dashboard.panels]
        (folder / f"{dashboard.name}.svg").write_text(drawn(dashboard, answers, span))


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tools.dashboards")
    arguments.add_argument(
        "what", nargs="?", choices=("json", "values", "draw", "typescript"), default="json"
    )
    arguments.add_argument("--at", default="127.0.0.1:9090", help="address of Prometheus")
    arguments.add_argument("--minutes", type=float, default=15.0, help="how far back it looks")
    arguments.add_argument("--until", type=float, default=0.0, help="minutes ago, where it ends")
    asked = arguments.parse_args()
    seconds, end = 60 * asked.minutes, time.time() - 60 * asked.until
    match asked.what:
        case "values":
            values(Prometheus(asked.at), Span(end - seconds, end, seconds), PAGE)
        case "draw":
            draw(Prometheus(asked.at), Span(end - seconds, end, seconds / POINTS), PICTURES)
        case "typescript":
            sys.stdout.write(typescript(DASHBOARDS))
        case _:
            write(FOLDER)


if __name__ == "__main__":
    main()
