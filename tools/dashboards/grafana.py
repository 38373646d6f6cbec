"""A dashboard as Grafana's classic JSON (schema version 39), which Grafana 9 to 12 read."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.dashboards.drawing import RULES, Json, field, options
from tools.dashboards.panel import Dashboard, Panel, Query, Row

SCHEMA_VERSION = 39
TAG = "headrace"
SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24

ANNOTATIONS = (
    (
        "Restarts",
        'changes(process_start_time_seconds{job="headrace"}[1m]) > 0',
        "{{service}} restarted",
        "orange",
    ),
    (
        "Changes of the mark",
        'sum by (service) (increase(headrace_lane_starts_total{reason="stale"}[1m])) > 0',
        "the index has another lifetime",
        "purple",
    ),
    (
        "Alerts",
        'ALERTS{alertname=~"Headrace.*", alertstate="firing"}',
        "{{alertname}} {{service}}",
        "red",
    ),
)
"""Name, expression, title of a mark, colour."""


def rendered(dashboard: Dashboard) -> str:
    """Give the file of a dashboard."""
    return json.dumps(as_json(dashboard), indent=1, ensure_ascii=False) + "\n"


def as_json(dashboard: Dashboard) -> Json:
    """Give the JSON model; the same dashboard, the same model."""
    return {
        "uid": f"headrace-{dashboard.name}",
        "title": dashboard.title,
        "description": dashboard.about,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source_variable()]},
        "annotations": {"list": [_annotation(*each) for each in ANNOTATIONS]},
        "links": _links(),
        "panels": list(_placed(dashboard.rows)),
    }


def _source_variable() -> Json:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
        "refresh": 1,
        "regex": "",
        "multi": False,
        "includeAll": False,
        "options": [],
    }


def _annotation(name: str, expr: str, title: str, color: str) -> Json:
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "expr": expr,
        "step": "60s",
        "titleFormat": title,
        "textFormat": "{{service}} {{instance}}",
    }


def _links() -> list[Json]:
    common: Json = {"icon": "external link", "tooltip": "", "targetBlank": False}
    return [
        {
            **common,
            "title": "Headrace",
            "type": "dashboards",
            "tags": [TAG],
            "asDropdown": False,
            "includeVars": True,
            "keepTime": True,
            "url": "",
        },
        {
            **common,
            "title": "Alert rules",
            "type": "link",
            "tags": [],
            "asDropdown": False,
            "includeVars": False,
            "keepTime": False,
            "url": RULES + "Headrace",
        },
    ]


def _placed(rows: tuple[Row, ...]) -> Iterator[Json]:
    """Yield the panels from left to right and from top to bottom, each below its row's heading."""
    number, top = 1, 0
    for row in rows:
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1},
        }
        number, top, left, tallest = number + 1, top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            place = {"x": left, "y": top, "w": int(panel.width), "h": panel.height}
            yield {"id": number, "gridPos": place, **_panel(panel)}
            number, left, tallest = number + 1, left + panel.width, max(tallest, panel.height)
        top += tallest


def _panel(panel: Panel) -> Json:
    model: Json = {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "targets": [_target(panel, n, query) for n, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": field(panel), "overrides": []},
        "options": options(panel),
    }
    if panel.kind == "table":
        hidden = {"Time": True, "Value": True, "__name__": True, "alertstate": True, "job": True}
        model["transformations"] = [{"id": "organize", "options": {"excludeByName": hidden}}]
    return model


def _target(panel: Panel, number: int, query: Query) -> Json:
    at_once = panel.kind in ("stat", "table")
    formats = {"table": "table", "heatmap": "heatmap"}
    return {
        "refId": chr(ord("A") + number),
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "instant": at_once,
        "range": not at_once,
        "format": formats.get(panel.kind, "time_series"),
    }
