"""Panels that stand on more than one dashboard."""

from __future__ import annotations

from tools.dashboards.panel import Panel, Query, Unit, Width
from tools.dashboards.queries import JOB, WINDOW, quantile, rate

LAG = Panel(
    title="Lag by stage",
    queries=(Query("service:headrace_lag_records:sum", "{{service}}"),),
    about="Records of a stage's input that are not committed yet.",
)
BACKLOG = Panel(
    title="Backlog by stage",
    queries=(Query("service:headrace_backlog_seconds:rate5m < Inf", "{{service}}"),),
    about="How long the lag takes at the pace of the last five minutes; the runbook of "
    "HeadraceLagGrowing says what to do from five minutes on.",
    unit=Unit.SECONDS,
    limits=(60, 300),
    nothing="no pace yet, or stalled",
)
WAITS = Panel(
    title="What lanes wait for",
    queries=(
        Query(f"{rate('waiting_seconds_total', 'service, reason')} > 0", "{{service}} {{reason}}"),
    ),
    about="Lanes that wait, by what they wait for. Redis and Kafka away have alerts; not_yet and "
    "index_catching_up end by themselves.",
    nothing="no lane waits",
    quiet=True,
)
RESTARTS = Panel(
    title="Restarts",
    queries=(
        Query(
            f"sum by (service) (changes(process_start_time_seconds{JOB}{WINDOW}))", "{{service}}"
        ),
    ),
    about="Starts of a process after its first; three within a quarter of an hour are the alert "
    "HeadraceRestartLoop.",
    nothing="no service is scraped",
)
DEAD_LETTERS = Panel(
    title="Dead letters",
    queries=(
        Query(f"{rate('dead_letters_total', 'service, reason')} > 0", "{{service}} {{reason}}"),
    ),
    about="Records that can never succeed, by reason; `headrace dead-letters list` shows them.",
    unit=Unit.PER_SECOND,
    nothing="no dead letters",
    stacked=True,
)
ALERTS = Panel(
    title="Alerts that fire",
    queries=(Query('ALERTS{alertname=~"Headrace.*", alertstate="firing"}'),),
    about="Each has a runbook of its name in docs/runbooks.",
    kind="table",
    width=Width.HALF,
    nothing="no alert fires",
    quiet=True,
)


def lanes(service: str) -> Panel:
    """Give the lag of a service by its input partitions."""
    return Panel(
        title="Lag by lane",
        queries=(
            Query(f'sum by (lane) (headrace_lag_records{{service="{service}"}})', "lane {{lane}}"),
        ),
        about="One lane far above the others is a partition that a fault, or a hot key, holds up.",
    )


def steps(service: str) -> Panel:
    """Give how long the steps of a batch of a service take."""
    return Panel(
        title="Seconds of a step",
        queries=(Query(quantile(0.95, "step_seconds", "step", service=service), "{{step}} p95"),),
        about="handle is the service's own work; produce and commit are Kafka's; verify is Redis'.",
        unit=Unit.SECONDS,
    )


def processes(service: str) -> tuple[Panel, Panel]:
    """Give the processor time and the memory that the workers of a service take."""
    chosen = f'{{job="headrace", service="{service}"}}'
    return (
        Panel(
            title="Processor",
            queries=(
                Query(
                    f"sum by (instance) (rate(process_cpu_seconds_total{chosen}{WINDOW}))",
                    "{{instance}}",
                ),
            ),
            about="Of the worker itself; ingest's parsers are processes of their own.",
            unit=Unit.CORES,
        ),
        Panel(
            title="Memory",
            queries=(
                Query(f"sum by (instance) (process_resident_memory_bytes{chosen})", "{{instance}}"),
            ),
            about="Of the worker itself, resident.",
            unit=Unit.BYTES,
        ),
    )
