"""Incidents: what a person who was woken up needs, on one page."""

from __future__ import annotations

from tools.dashboards.overview import LATENCY
from tools.dashboards.panel import Dashboard, Panel, Query, Row, Unit, Width
from tools.dashboards.queries import JOB, rate
from tools.dashboards.shared import ALERTS, BACKLOG, DEAD_LETTERS, LAG, RESTARTS, WAITS


def _states(title: str, expr: str, about: str) -> Panel:
    return Panel(
        title=title,
        queries=(Query(expr, "{{service}} {{instance}}"),),
        about=about,
        kind="state-timeline",
        width=Width.QUARTER,
        nothing="nobody is scraped",
    )


INCIDENTS = Dashboard(
    name="incidents",
    title="Headrace / Incidents",
    about="Read from the top: what fires, who is there, what waits, since when.",
    rows=(
        Row(
            "What is wrong?",
            (
                ALERTS,
                _states("Answers", f"up{JOB}", "Whether Prometheus gets an answer."),
                _states(
                    "Ready", f"headrace_ready{JOB}", "Whether every lane works; /readyz says why."
                ),
            ),
        ),
        Row("Where does it wait?", (WAITS, LAG, BACKLOG)),
        Row(
            "What was lost of time, and of records?",
            (
                Panel(
                    title="Share of papers that were late",
                    queries=(
                        Query("headrace_late:ratio_rate5m", "last 5 minutes"),
                        Query("headrace_late:ratio_rate1h", "last hour"),
                        Query("headrace_late:ratio_rate6h", "last 6 hours"),
                    ),
                    about="Later than 300 s after their page; 1 % may be. 14.4 % page, 6 % are a "
                    "ticket.",
                    unit=Unit.SHARE,
                    limits=(0.06, 0.144),
                    nothing="no papers",
                ),
                LATENCY,
                DEAD_LETTERS,
                Panel(
                    title="Dead letters a record",
                    queries=(Query("service:headrace_dead_letters:ratio_rate15m", "{{service}}"),),
                    about="Beyond 5 % it is the alert HeadraceDeadLetters.",
                    unit=Unit.SHARE,
                    limits=(0.01, 0.05),
                    nothing="no records",
                ),
            ),
        ),
        Row(
            "Since when?",
            (
                RESTARTS,
                Panel(
                    title="Builds",
                    queries=(
                        Query(
                            "count by (service, version, digest) (headrace_build_info)",
                            "{{service}} {{version}} {{digest}}",
                        ),
                    ),
                    about="Workers by the code that they run: two lines of a service are an "
                    "upgrade under way, or one that was left half done.",
                ),
                Panel(
                    title="Starts of lanes",
                    queries=(
                        Query(
                            rate("lane_starts_total", "service, reason"), "{{service}} {{reason}}"
                        ),
                    ),
                    about="assigned: the group moved. stale: the index has another lifetime.",
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    title="Lanes",
                    queries=(Query("sum by (service) (headrace_lanes)", "{{service}}"),),
                    about="Input partitions that somebody works on: less than all is a rebalance, "
                    "or nobody.",
                ),
                Panel(
                    title="In flight",
                    queries=(
                        Query("sum by (service) (headrace_in_flight_records)", "{{service}}"),
                    ),
                    about="Records taken and not committed. Still for minutes: a step hangs.",
                ),
                Panel(
                    title="Memory",
                    queries=(
                        Query(
                            f"sum by (service, instance) (process_resident_memory_bytes{JOB})",
                            "{{service}} {{instance}}",
                        ),
                    ),
                    about="A fall to nothing at its highest is the memory limit.",
                    unit=Unit.BYTES,
                ),
            ),
        ),
    ),
)
