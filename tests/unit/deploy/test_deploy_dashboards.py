"""Grafana's dashboards are as the code says, ask for what there is, and are found by Grafana."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from services.common.metrics import METRICS, PREFIX
from tools.dashboards.grafana import ANNOTATIONS, COLUMNS, SOURCE, as_json, rendered
from tools.dashboards.panel import Dashboard, Query
from tools.dashboards.seen import Seen, refreshed, row, rows, shown
from tools.dashboards.table import DASHBOARDS

REFRESH = "`make docs` (python -m tools.dashboards) refreshes it"
NAME = re.compile(r"[a-zA-Z_:][\w:]*")
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
PROCESS = {
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
}
OF_PROMETHEUS = {"ALERTS", "up"}
FROM_SCRAPING = {"service", "job", "instance"}
QUERIES = [
    (dashboard, panel, query)
    for dashboard in DASHBOARDS
    for panel in dashboard.panels
    for query in panel.queries
]


def known() -> dict[str, set[str]]:
    """Give every series that a service exposes, with its labels."""
    found: dict[str, set[str]] = {}
    for metric in METRICS:
        name, labels = PREFIX + metric.name, {*metric.labels, *FROM_SCRAPING}
        if metric.kind != "histogram":
            found[name] = labels
            continue
        found |= {f"{name}_sum": labels, f"{name}_count": labels, f"{name}_bucket": {*labels, "le"}}
    return found


@pytest.fixture(scope="module")
def recorded(root) -> set[str]:
    rules = yaml.safe_load((root / "deploy" / "prometheus" / "rules.yml").read_text())
    return {rule["record"] for group in rules["groups"] for rule in group["rules"]}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_a_file_is_as_the_code_says(dashboard, root):
    file = root / "deploy" / "grafana" / "dashboards" / f"{dashboard.name}.json"
    assert file.exists(), f"{file} is missing: {REFRESH}"
    assert file.read_text() == rendered(dashboard), f"{file} is out of date: {REFRESH}"


def test_no_file_is_left_over(root):
    found = {file.stem for file in (root / "deploy" / "grafana" / "dashboards").iterdir()}
    assert found == {dashboard.name for dashboard in DASHBOARDS}


@pytest.mark.parametrize(("dashboard", "panel", "query"), QUERIES)
def test_a_query_asks_for_series_that_there_are(dashboard, panel, query, recorded):
    series = known()
    asked = {name for name in NAME.findall(query.expr) if "headrace_" in name or "process_" in name}
    assert asked or any(name in query.expr for name in OF_PROMETHEUS)
    assert asked <= {*series, *recorded, *PROCESS}
    for name, matchers in SELECTOR.findall(query.expr):
        labels = set(re.findall(r"(\w+)=", matchers))
        assert labels <= series.get(name, {*FROM_SCRAPING, "alertname", "alertstate"})


@pytest.mark.parametrize(("dashboard", "panel", "query"), QUERIES)
def test_a_legend_names_labels_that_the_query_keeps(dashboard, panel, query):
    for label in re.findall(r"\{\{(\w+)\}\}", query.legend):
        kept = re.findall(r"by \(([^)]*)\)", query.expr)
        assert (
            label in FROM_SCRAPING
            or any(label in names for names in kept)
            or ("provider_info" in query.expr and label == "provider")
        )


def test_labels_have_the_values_that_are_asked_for():
    verdicts = {
        value for _, _, query in QUERIES for value in re.findall(r'verdict="(\w+)"', query.expr)
    }
    assert verdicts <= {"new", "exact", "near", "embedded"}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_a_panel_says_what_it_is_and_has_a_name_of_its_own(dashboard):
    titles = [panel.title for panel in dashboard.panels]
    assert len(set(titles)) == len(titles)
    assert all(panel.about.endswith(".") and panel.nothing for panel in dashboard.panels)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_no_panel_lies_on_another_or_beyond_the_edge(dashboard):
    panels: Any = as_json(dashboard)["panels"]
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_every_query_goes_to_the_source_that_is_chosen(dashboard):
    model: Any = json.loads(rendered(dashboard))
    (variable,) = model["templating"]["list"]
    assert SOURCE["uid"] == f"${{{variable['name']}}}"
    asking = [panel for panel in model["panels"] if panel["type"] != "row"]
    targets = [target for panel in asking for target in panel["targets"]]
    for each in (*asking, *targets, *model["annotations"]["list"]):
        assert each["datasource"] == SOURCE


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_a_dashboard_leads_to_the_others_and_to_the_alerts(dashboard):
    model: Any = as_json(dashboard)
    others, alerts = model["links"]
    assert set(others["tags"]) <= set(model["tags"])
    assert alerts["url"].startswith("/alerting")
    assert {each["name"] for each in model["annotations"]["list"]} == {a[0] for a in ANNOTATIONS}


def test_grafana_finds_them_where_they_are_mounted(root, services):
    folder = root / "deploy" / "grafana" / "provisioning" / "dashboards"
    (provider,) = yaml.safe_load((folder / "headrace.yml").read_text())["providers"]
    path = provider["options"]["path"]
    mounted = services["grafana"]["volumes"]
    assert f"./deploy/grafana/dashboards:{path}:ro" in mounted
    inside = "/etc/grafana/provisioning/dashboards"
    assert f"./deploy/grafana/provisioning/dashboards:{inside}:ro" in mounted
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{path}/overview.json"


def test_the_table_of_what_was_seen_is_of_these_queries(root):
    written = rows((root / "docs" / "dashboards.md").read_text())
    assert written == [row(*each) for each in QUERIES], (
        "python -m tools.dashboards values writes it anew"
    )


def test_the_table_says_in_few_words_what_was_seen():
    assert shown([]) == "nothing"
    assert shown([({"service": "embed", "instance": "a:1"}, 0.5)]) == "embed: 0.5"
    many = [({"lane": str(n), "job": "headrace"}, float(n)) for n in range(5)]
    assert shown(many) == "4: 4, 3: 3, 2: 2, 2 more"
    dashboard: Dashboard = DASHBOARDS[0]
    seen = Seen(dashboard, dashboard.panels[0], Query("a or b"), "1")
    text = refreshed("before <!-- panels -->old<!-- /panels --> after", [seen])
    assert rows(text) == [(dashboard.name, dashboard.panels[0].title, "`a or b`")]
    assert text.startswith("before ")
    assert text.endswith(" after")


def test_a_text_without_a_place_for_the_table_is_refused():
    with pytest.raises(ValueError, match="<!-- panels -->"):
        refreshed("none", [])
