"""How a panel is drawn: units, colours, legends, as Grafana writes them."""

from __future__ import annotations

from tools.dashboards.panel import Panel

Json = dict[str, object]

RULES = "/alerting/list?search="
"""Where Grafana lists the rules of alerts, those of Prometheus among them."""


def field(panel: Panel) -> Json:
    """Give units, bounds and colours, and what stands where there is nothing."""
    found: Json = {
        "unit": panel.unit.value,
        "noValue": panel.nothing,
        "thresholds": {"mode": "absolute", "steps": _steps(panel)},
        "color": {"mode": "thresholds" if panel.kind != "timeseries" else "palette-classic"},
    }
    bounds = {"min": panel.least, "max": panel.most}
    found |= {name: value for name, value in bounds.items() if value is not None}
    if panel.kind == "timeseries":
        found["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 25 if panel.stacked else 8,
            "showPoints": "never",
            # A gap is a service that was away: not drawn over.
            "spanNulls": False,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "dashed" if panel.limits else "off"},
        }
    if panel.kind == "table":
        found["links"] = [{"title": "The rule", "url": RULES + "${__data.fields.alertname}"}]
    if panel.kind == "state-timeline":
        found["mappings"] = [
            {
                "type": "value",
                "options": {
                    "0": {"text": "no", "color": "red", "index": 0},
                    "1": {"text": "yes", "color": "green", "index": 1},
                },
            }
        ]
    return found


def _steps(panel: Panel) -> list[Json]:
    steps: list[Json] = [{"color": "green", "value": None}]
    if panel.limits:
        yellow, red = panel.limits
        if yellow < red:
            steps.append({"color": "yellow", "value": yellow})
        steps.append({"color": "red", "value": red})
    return steps


def options(panel: Panel) -> Json:
    """Give what belongs to the kind of a panel alone."""
    match panel.kind:
        case "timeseries":
            return {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        case "stat":
            return {
                "colorMode": "value",
                "graphMode": "none",
                "textMode": "name" if panel.named else "auto",
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            }
        case "heatmap":
            return {
                "calculate": False,
                "cellGap": 1,
                "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
                "tooltip": {"mode": "single", "yHistogram": False},
                "yAxis": {"axisPlacement": "left", "unit": panel.unit.value},
                "legend": {"show": False},
            }
        case "state-timeline":
            return {
                "showValue": "never",
                "mergeValues": True,
                "rowHeight": 0.8,
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
                "tooltip": {"mode": "single", "sort": "none"},
            }
        case "table":
            return {"showHeader": True, "cellHeight": "sm"}
