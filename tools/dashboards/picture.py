"""A dashboard as one SVG picture: its panels where Grafana has them, with what was measured.

Not Grafana's own pixels: the same queries, places, units, limits and legends.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tools.dashboards.amounts import said
from tools.dashboards.asking import Series, Span
from tools.dashboards.grafana import COLUMNS, as_json
from tools.dashboards.panel import Dashboard, Panel, Query
from tools.dashboards.shapes import Box, heatmap, lines, states, text

Found = Sequence[tuple[Query, Series]]

COLUMN, LINE = 50, 22
TOP = 40
GAP = 4
GROUND, PAPER, EDGE, FAINT = "#f2f3f5", "#ffffff", "#dcdfe4", "#888"
FONT = "font-family='sans-serif' font-size='11' fill='#333'"
MOST_ROWS = 8
LABEL = re.compile(r"\{\{(\w+)\}\}")
OF_THE_RULE = ("__name__", "alertstate", "job")


class Answered(NamedTuple):
    """A panel, and the series that its queries gave."""

    panel: Panel
    found: Found


def drawn(dashboard: Dashboard, answers: Sequence[Answered], span: Span) -> str:
    """Give the picture; the answers are of the dashboard's panels, in their order."""
    model: Any = as_json(dashboard)
    left = iter(answers)
    height = TOP + LINE * max(_bottom(panel) for panel in model["panels"]) + GAP
    width = COLUMN * COLUMNS
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' {FONT}>",
        f"<rect width='{width}' height='{height}' fill='{GROUND}'/>",
        text(GAP + 6, 25, dashboard.title, size=17),
        text(width - 10, 25, _when(span), anchor="end", colour=FAINT),
    ]
    for each in model["panels"]:
        box = _box(each["gridPos"])
        if each["type"] == "row":
            parts.append(text(box.x + 6, box.y + 15, each["title"], size=13))
        else:
            parts += _panel(next(left), box, span)
    return "\n".join((*parts, "</svg>\n"))


def legend(query: Query, series: Series) -> str:
    """Give the name of a series as Grafana writes it."""
    if query.legend:
        return LABEL.sub(lambda found: series.labels.get(found[1], ""), query.legend).strip()
    return " ".join(value for name, value in series.labels.items() if name != "__name__")


def _panel(answered: Answered, box: Box, span: Span) -> Iterator[str]:
    panel, found = answered
    yield (
        f"<rect x='{box.x}' y='{box.y}' width='{box.width}' height='{box.height}' rx='3' "
        f"fill='{PAPER}' stroke='{EDGE}'/>"
    )
    yield text(box.x + 8, box.y + 16, panel.title, weight="bold")
    if not found:
        middle = box.x + box.width / 2, box.y + box.height / 2 + 6
        yield text(*middle, panel.nothing, anchor="middle", colour=FAINT)
        return
    named = [(legend(query, series), series) for query, series in found]
    match panel.kind:
        case "stat":
            name, series = named[0]
            value = name if panel.named else said(series.last, panel.unit)
            middle = box.x + box.width / 2, box.y + box.height / 2 + 18
            yield text(
                *middle, value, anchor="middle", size=14 if panel.named else 24, colour="#1f6f8b"
            )
        case "table":
            yield from _table(found, box)
        case "heatmap":
            yield from heatmap([series for _, series in found], box, span)
        case "state-timeline":
            yield from states(named, box, span)
        case "timeseries":
            yield from lines(panel, named, box, span)


def _table(found: Found, box: Box) -> Iterator[str]:
    for number, (_, series) in enumerate(found[:MOST_ROWS]):
        words = [value for name, value in series.labels.items() if name not in OF_THE_RULE]
        yield text(box.x + 8, box.y + 34 + 15 * number, ", ".join(words))


def _box(place: dict[str, int]) -> Box:
    return Box(
        x=COLUMN * place["x"] + GAP,
        y=TOP + LINE * place["y"] + GAP,
        width=COLUMN * place["w"] - GAP,
        height=LINE * place["h"] - GAP,
    )


def _bottom(panel: dict[str, Any]) -> int:
    place: dict[str, int] = panel["gridPos"]
    return place["y"] + place["h"]


def _when(span: Span) -> str:
    day = time.strftime("%H:%M", time.gmtime(span.start))
    return f"{day} to {time.strftime('%H:%M', time.gmtime(span.end))} UTC"
