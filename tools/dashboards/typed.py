"""The dashboards as TypeScript, for Grafana's own schema package to judge.

A compiler knows more of it than a validator would: a misspelt name is an error, since what is
assigned is a literal, and the values of an enumeration are spelt out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tools.dashboards.grafana import as_json
from tools.dashboards.panel import Dashboard

OPTIONS = {
    "heatmap": "heatmap/panelcfg/x/HeatmapPanelCfg_types.gen",
    "stat": "stat/panelcfg/x/StatPanelCfg_types.gen",
    "state-timeline": "statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen",
    "table": "table/panelcfg/x/TablePanelCfg_types.gen",
    "timeseries": "timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen",
}
"""By the kind of a panel, where its options are declared."""

WITH_FIELDS = ("timeseries",)
"""Kinds whose ``custom`` field configuration is declared there, and used by us."""

HEAD = """\
import type {
  AnnotationQuery, Dashboard,
} from '@grafana/schema/dist/types/raw/dashboard/x/dashboard_types.gen';

// A file holds the values of enumerations, and may leave anything out.
type Plain<T> = unknown extends T ? T
  : T extends string ? `${T}`
  : T extends number ? number
  : T extends (infer One)[] ? Plain<One>[]
  : T extends object ? { [Name in keyof T]?: Plain<T[Name]> }
  : T;
// What a data source adds of its own; these are Prometheus'.
type Annotation = AnnotationQuery
  & { expr: string; step: string; titleFormat: string; textFormat: string };
"""


def typescript(dashboards: Iterable[Dashboard]) -> str:
    """Give a module that compiles where every dashboard is as the schema has it."""
    return HEAD + "".join(_imports()) + "".join(line for each in dashboards for line in _of(each))


def _imports() -> Iterator[str]:
    for kind, path in OPTIONS.items():
        module = f"@grafana/schema/dist/types/raw/composable/{path}"
        yield f"import type * as {_name(kind)} from '{module}';\n"


def _of(dashboard: Dashboard) -> Iterator[str]:
    model: Any = as_json(dashboard)
    for number, each in enumerate(model.pop("annotations")["list"]):
        yield _constant(f"{dashboard.name}annotation{number}", "Annotation", each)
    yield _constant(dashboard.name, "Dashboard", model)
    for panel in model["panels"]:
        kind = panel["type"]
        if kind in OPTIONS:
            name = f"{dashboard.name}{panel['id']}"
            yield _constant(f"{name}options", f"{_name(kind)}.Options", panel["options"])
            if kind in WITH_FIELDS:
                custom = panel["fieldConfig"]["defaults"]["custom"]
                yield _constant(f"{name}custom", f"{_name(kind)}.FieldConfig", custom)


def _constant(name: str, of: str, value: object) -> str:
    return f"export const {name}: Plain<{of}> = {json.dumps(value)};\n"


def _name(kind: str) -> str:
    return kind.replace("-", "")
