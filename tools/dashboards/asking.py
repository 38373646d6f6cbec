"""What a Prometheus answers to the queries of a panel."""

from __future__ import annotations

import http.client
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tools.dashboards.panel import Panel, Query
from tools.dashboards.queries import WINDOW

ANSWER_SECONDS = 30.0
LEAST_WINDOW_SECONDS = 20
"""Four samples of the deployment, as Grafana has it."""

Points = Sequence[tuple[float, float]]


class Series(NamedTuple):
    """Seconds since 1970 and values, from left to right; one point where it was asked for now."""

    labels: Mapping[str, str]
    points: Points

    @property
    def last(self) -> float:
        return self.points[-1][1]


class Span(NamedTuple):
    """A stretch of time, and how far one point is from the next, all in seconds."""

    start: float
    end: float
    step: float


class Prometheus:
    """A server by its address, ``host:port``."""

    def __init__(self, address: str) -> None:
        self._address = address

    def drawn(self, panel: Panel, span: Span) -> list[tuple[Query, Series]]:
        """Give the series of a panel, those of its first query first."""
        at_once = panel.kind in ("stat", "table")
        return [
            (query, series)
            for query in panel.queries
            for series in (self.now if at_once else self.over)(query.expr, span)
        ]

    def now(self, expr: str, span: Span) -> list[Series]:
        """Give what an expression is worth at the end; series that are no number are left out."""
        found = self._get("query", query=windowed(expr, span), time=span.end)
        return _numbers((each["metric"], [each["value"]]) for each in found)

    def over(self, expr: str, span: Span) -> list[Series]:
        """Give what an expression was worth; points that are no number are left out."""
        times = {"start": span.start, "end": span.end, "step": span.step}
        found = self._get("query_range", query=windowed(expr, span), **times)
        return _numbers((each["metric"], each["values"]) for each in found)

    def _get(self, path: str, **asked: object) -> list[dict[str, Any]]:
        connection = http.client.HTTPConnection(self._address, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", f"/api/v1/{path}?{urlencode(asked)}")
            answer = connection.getresponse()
            body = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(f"{asked['query']}: {body.get('error')}")
        found: list[dict[str, Any]] = body["data"]["result"]
        return found


def windowed(expr: str, span: Span) -> str:
    """Give an expression with the window that Grafana would put into it."""
    return expr.replace(WINDOW, f"[{max(LEAST_WINDOW_SECONDS, math.ceil(span.step))}s]")


def _numbers(found: Any) -> list[Series]:
    series = (
        Series(labels, [(at, float(value)) for at, value in points if math.isfinite(float(value))])
        for labels, points in found
    )
    return [each for each in series if each.points]
