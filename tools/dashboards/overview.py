"""Overview: how much flows, how late it is, and whether anything is wrong."""

from __future__ import annotations

from dataclasses import replace

from tools.dashboards.panel import Dashboard, Panel, Query, Row, Unit, Width
from tools.dashboards.queries import quantile, rate, share
from tools.dashboards.shared import (
    ALERTS,
    BACKLOG,
    DEAD_LETTERS,
    LAG,
    RESTARTS,
    WAITS,
)

PAGES = rate("records_total", service="ingest")
PAPERS = rate("written_total", service="ingest", topic="papers")
NEW = rate("outcomes_total", service="dedupe", verdict="new")
ENRICHED = rate("outcomes_total", service="embed", verdict="embedded")
DUPLICATES = share(
    f"({rate('outcomes_total', service='dedupe', verdict='exact')}"
    f" + {rate('outcomes_total', service='dedupe', verdict='near')})",
    rate("records_total", service="dedupe"),
)


def _now(title: str, expr: str, about: str, unit: Unit = Unit.PER_SECOND) -> Panel:
    return Panel(
        title=title,
        queries=(Query(expr),),
        about=about,
        unit=unit,
        kind="stat",
        width=Width.SIXTH,
        height=4,
        nothing="none",
    )


LATENCY = Panel(
    title="End to end",
    queries=tuple(
        Query(quantile(fraction, "end_to_end_seconds", service="embed"), name)
        for fraction, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    ),
    about="From a page's arrival on its topic to the commit of its enriched papers. The objective "
    "is 300 s for 99 of 100.",
    unit=Unit.SECONDS,
    limits=(60, 300),
)

OVERVIEW = Dashboard(
    name="overview",
    title="Headrace / Overview",
    about="How much flows, how late it is, and whether anything is wrong.",
    rows=(
        Row(
            "Now",
            (
                _now("Pages", PAGES, "Pages that ingest committed, a second."),
                _now("Papers", PAPERS, "Papers that ingest read from pages, a second."),
                _now("New papers", NEW, "Papers that were never seen before, a second."),
                _now("Enriched papers", ENRICHED, "Papers with their vector, a second."),
                _now(
                    "Duplicates",
                    DUPLICATES,
                    "Share of listed papers that were known, exactly or nearly.",
                    Unit.SHARE,
                ),
                replace(
                    _now(
                        "Alerts",
                        'count(ALERTS{alertname=~"Headrace.*", alertstate="firing"}) or vector(0)',
                        "How many fire; Incidents names them.",
                        Unit.NUMBER,
                    ),
                    limits=(1, 1),
                ),
            ),
        ),
        Row(
            "Flow",
            (
                Panel(
                    title="Throughput",
                    queries=(
                        Query(PAGES, "pages"),
                        Query(PAPERS, "papers"),
                        Query(NEW, "new"),
                        Query(ENRICHED, "enriched"),
                    ),
                    about="Papers fall to new ones at dedupe; new and enriched should meet.",
                    unit=Unit.PER_SECOND,
                    width=Width.HALF,
                ),
                replace(LATENCY, width=Width.HALF),
                LAG,
                BACKLOG,
                Panel(
                    title="Share of duplicates",
                    queries=(
                        Query(DUPLICATES, "now"),
                        Query("headrace_duplicates:ratio_rate1h", "last hour"),
                    ),
                    about="A shift by 0.3 from the week's average is the alert "
                    "HeadraceDuplicateShareShift.",
                    unit=Unit.SHARE,
                    most=1.0,
                ),
            ),
        ),
        Row("Faults", (DEAD_LETTERS, WAITS, RESTARTS, replace(ALERTS, width=Width.FULL))),
    ),
)
