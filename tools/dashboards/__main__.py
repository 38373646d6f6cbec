"""Write the dashboards into deploy/grafana/dashboards: ``python -m tools.dashboards``."""

from __future__ import annotations

from pathlib import Path

from tools.dashboards.grafana import rendered
from tools.dashboards.table import DASHBOARDS

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"


def main(folder: Path) -> None:
    """Write a file for each."""
    folder.mkdir(parents=True, exist_ok=True)
    for dashboard in DASHBOARDS:
        (folder / f"{dashboard.name}.json").write_text(rendered(dashboard))


if __name__ == "__main__":
    main(FOLDER)
