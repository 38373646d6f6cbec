"""The table of docs/dashboards.md: each panel's queries, and what they were worth in a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tools.dashboards.panel import Dashboard, Panel, Query

OPENING, CLOSING = "<!-- panels -->", "<!-- /panels -->"
HEADINGS = ("dashboard", "panel", "query", "seen")
MOST_SERIES = 3
OWN_LABELS = ("__name__", "job", "instance", "service")
"""Labels that name the machine of the test, or what the query names already."""


class Seen(NamedTuple):
    """One query of a panel, and the words for what it gave."""

    dashboard: Dashboard
    panel: Panel
    query: Query
    value: str


def shown(series: Sequence[tuple[Mapping[str, str], float]]) -> str:
    """Give an answer in a few words: its largest series by their labels."""
    if not series:
        return "nothing"
    largest = sorted(series, key=lambda each: -each[1])
    words = [_one(labels, value) for labels, value in largest[:MOST_SERIES]]
    more = len(series) - MOST_SERIES
    return ", ".join(words) + (f", {more} more" if more > 0 else "")


def rows(text: str) -> list[tuple[str, str, str]]:
    """Give dashboard, panel and query of each row of the table in a text."""
    _, _, rest = text.partition(OPENING)
    table, _, _ = rest.partition(CLOSING)
    cells = (line.strip("| ").split(" | ") for line in table.strip().splitlines()[2:])
    return [(dashboard, panel, query) for dashboard, panel, query, _ in cells]


def refreshed(text: str, seen: Sequence[Seen]) -> str:
    """Give the text with the table of what was seen.

    Raises:
        ValueError: the text has no place for it.
    """
    before, found, rest = text.partition(OPENING)
    _, closed, after = rest.partition(CLOSING)
    if not (found and closed):
        raise ValueError(f"the text needs {OPENING} and {CLOSING}")
    return f"{before}{OPENING}\n" + "\n".join(_lines(seen)) + f"\n{CLOSING}{after}"


def row(dashboard: Dashboard, panel: Panel, query: Query) -> tuple[str, str, str]:
    """Give the cells of a query but for its value."""
    return dashboard.name, panel.title, f"`{query.expr}`".replace("|", "\\|")


def _lines(seen: Sequence[Seen]) -> Iterator[str]:
    yield "| " + " | ".join(HEADINGS) + " |"
    yield "| " + " | ".join("---" for _ in HEADINGS) + " |"
    for each in seen:
        yield "| " + " | ".join((*row(*each[:3]), each.value)) + " |"


def _one(labels: Mapping[str, str], value: float) -> str:
    names = [text for name, text in labels.items() if name not in OWN_LABELS]
    names = [labels["service"], *names] if "service" in labels else names
    return f"{' '.join(names)}: {value:.4g}" if names else f"{value:.4g}"
