"""``headrace top``: the story that the dashboards tell, in a terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from services.cli.console import err, name, number, out, show_json, table
from services.cli.options import AsJson, StateDir, choose_state
from services.cli.scraped import Between, Scrape, scrape
from services.common.errors import ExitStatus, Fatal
from services.common.settings import state_dir
from services.local import stack

Addresses = Mapping[str, str]
"""By the name of each service's process, where it answers."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(top)


def top(
    services: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[HOST:PORT]",
            help="Where services answer.",
            show_default="those of the local stack",
        ),
    ] = None,
    *,
    seconds: Annotated[float, typer.Option(min=0.2, help="Between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, print and end.")] = False,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Watch throughput, lag and latency of the services, until Ctrl-C.

    Reads /metrics of each, and nothing else: Prometheus and Grafana need not be there.

    ```
    headrace top
    headrace top --once
    headrace top 10.0.0.5:6061 10.0.0.6:6062 --once --json | jq '.[].records_per_second'
    ```
    """
    choose_state(state)
    found = {each: each for each in services} if services else _local()
    if as_json or once:
        before = _look(found)
        time.sleep(seconds)
        facts = _facts(before, _look(found))
        if as_json:
            show_json(facts)
        else:
            out.print(_drawn(facts))
        return
    _watch(found, seconds)


def _local() -> Addresses:
    running = stack.read(state_dir())
    if running is None:
        raise Fatal(
            f"no stack runs in {state_dir()}; `headrace up` starts one, or name the addresses of "
            "the services",
            ExitStatus.UNAVAILABLE,
        )
    return {each.name: each.address for each in running.members if each.role == "service"}


def _watch(addresses: Addresses, seconds: float) -> None:
    before = _look(addresses)
    err.print("Ctrl-C ends it.", style="dim")
    with Live(console=out, auto_refresh=False) as live:
        while True:
            time.sleep(seconds)
            after = _look(addresses)
            live.update(_drawn(_facts(before, after)), refresh=True)
            before = after


def _look(addresses: Addresses) -> dict[str, Scrape | None]:
    with ThreadPoolExecutor(max(1, len(addresses))) as threads:
        return dict(zip(addresses, threads.map(scrape, addresses.values()), strict=True))


def _facts(
    before: Mapping[str, Scrape | None], after: Mapping[str, Scrape | None]
) -> list[dict[str, Any]]:
    """Give what is shown of each process; of one that does not answer, that alone."""
    found = []
    for process, now in after.items():
        then = before.get(process)
        answers = {"process": process, "answers": now is not None}
        found.append(answers | (_told(Between(then or now, now)) if now is not None else {}))
    return found


def _told(between: Between) -> dict[str, Any]:
    now = between.after
    verdicts = {
        verdict: between.rate("outcomes_total", verdict=verdict)
        for verdict in now.by("outcomes_total", "verdict")
    }
    seconds = {share: between.quantile("end_to_end_seconds", share) for share in (0.5, 0.99)}
    return {
        "ready": bool(now.total("ready")),
        "lanes": int(now.total("lanes")),
        "lag": int(now.total("lag_records")),
        "records_per_second": between.rate("records_total"),
        "outcomes_per_second": {key: rate for key, rate in verdicts.items() if rate},
        "dead_letters_per_second": between.rate("dead_letters_total"),
        "end_to_end_seconds_p50": seconds[0.5],
        "end_to_end_seconds_p99": seconds[0.99],
        "waiting": [
            reason
            for reason in now.by("waiting_seconds_total", "reason")
            if between.rate("waiting_seconds_total", reason=reason)
        ],
        "index_capacity_share": now.total("index_capacity_ratio"),
        "tokens_per_second": between.rate("tokens_total"),
        "effective_rank": now.total("effective_rank"),
        "providers": [key for key, on in now.by("provider_info", "provider").items() if on],
    }


def _drawn(facts: Sequence[Mapping[str, Any]]) -> Group:
    headings = (
        name("service"),
        "ready",
        number("lanes"),
        number("lag"),
        number("records/s"),
        number("dead/s"),
        number("p50 s"),
        number("p99 s"),
        "what became of them, and more",
    )
    return Group(_stamp(), table(*headings, rows=map(_row, facts)))


def _stamp() -> Text:
    return Text(time.strftime("%H:%M:%S"), style="dim")


def _row(fact: Mapping[str, Any]) -> tuple[object, ...]:
    if not fact["answers"]:
        return (fact["process"], "does not answer", *[""] * 7)
    return (
        fact["process"],
        "yes" if fact["ready"] else "no",
        fact["lanes"],
        fact["lag"],
        f"{fact['records_per_second']:,.1f}",
        f"{fact['dead_letters_per_second']:,.1f}",
        _seconds(fact["end_to_end_seconds_p50"]),
        _seconds(fact["end_to_end_seconds_p99"]),
        ", ".join(_more(fact)),
    )


def _more(fact: Mapping[str, Any]) -> Sequence[str]:
    told = [f"{key} {rate:,.1f}/s" for key, rate in fact["outcomes_per_second"].items()]
    told += [f"waits: {reason}" for reason in fact["waiting"]]
    if fact["index_capacity_share"]:
        told.append(f"index {fact['index_capacity_share']:.1%} full")
    if fact["providers"]:
        told.append(" ".join(fact["providers"]))
    if fact["tokens_per_second"]:
        told.append(f"{fact['tokens_per_second']:,.0f} tokens/s")
    if fact["effective_rank"]:
        told.append(f"rank {fact['effective_rank']:.0f}")
    return told


def _seconds(found: float | None) -> str:
    return "" if found is None else f"{found:.2f}"
