"""``headrace up``, ``down`` and ``status``: the stack on this machine."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from services.cli.backlog import Backlog, backlogs
from services.cli.cluster import enter
from services.cli.console import err, number, out, show_json, table
from services.cli.options import AsJson, StateDir, choose_state
from services.cli.secure import Secure, names
from services.common.address import without_secrets
from services.common.settings import PREFIX, cache_dir, state_dir
from services.local import background, ending, jars, status
from services.local.launcher import Launcher
from services.local.plan import Plan, workers
from services.local.status import Condition, Status

READY_SECONDS = 60.0
LOOK_SECONDS = 0.25
LOOP_RESTARTS = 3
"""A program that had to be started again so often will not be ready soon."""
GIVEN_KAFKA = f"{PREFIX}KAFKA__BOOTSTRAP_SERVERS"
GIVEN_REDIS = f"{PREFIX}REDIS__URL"


def register(app: typer.Typer) -> None:
    """Add the three commands."""
    app.command()(up)
    app.command()(down)
    app.command("status")(show)


def up(
    *,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when everything runs; `down` ends it.")
    ] = False,
    count: Annotated[int, typer.Option("--workers", min=1, help="Processes of each service.")] = 1,
    redis_server: Annotated[
        str | None,
        typer.Option(
            help="A redis-server or valkey-server to start, by path or name.",
            show_default="Valkey from its wheel",
        ),
    ] = None,
    secure: Secure = False,
    state: StateDir = None,
) -> None:
    """Start Kafka, Valkey and the three services on this machine, and keep them running.

    Kafka's jars are fetched by Maven at the first start and kept. A program that ends is started
    again. Usual ports that are taken are replaced by free ones: the table says which.

    A server that runs already is used where the environment names it:
    HEADRACE_KAFKA__BOOTSTRAP_SERVERS, HEADRACE_REDIS__URL.

    With --secure its servers answer their users alone, and each may do what docs/security.md lists:
    Kafka by TLS and SCRAM-SHA-512, Valkey by password, in the clear: the one of the wheel knows no
    TLS. The keys are made at each start, with openssl; the other commands find them.

    Stays in the foreground until Ctrl-C, which ends all of it and keeps the data.
    """
    folder = _enter(state)
    given = os.environ.get(GIVEN_REDIS)
    plan = Plan(
        workers=workers(count),
        kafka=os.environ.get(GIVEN_KAFKA),
        redis=given and without_secrets(given),
        redis_server=redis_server,
        secure=names(secure=secure),
    )
    if detach:
        start(plan, folder)
        _say("`headrace status` shows it again, `headrace down` ends it.")
    else:
        _stay(plan, folder)


def down(
    *,
    delete: Annotated[
        bool, typer.Option("--delete", help="Remove the stack's topics, index and logs too.")
    ] = False,
    state: StateDir = None,
) -> None:
    """End exactly what `up` started: the services in order, then Valkey and Kafka.

    Works also when `up` itself was killed. Where nothing runs, it says so and succeeds.
    """
    folder = _enter(state)
    with err.status(f"Ending the stack in {escape(str(folder))}"):
        ended = ending.down(folder, delete=delete)
    _say(f"Ended {', '.join(ended)}." if ended else f"Nothing runs in {folder}.")
    if delete:
        _say("Its data and logs are removed.")


def show(
    *,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Show what runs, where it listens, whether it is ready and how many records it lags behind.

    Where a model has not come through `unique` yet, such as a second one that was begun, it shows
    how fast each goes on and about how long it takes.

    Exits with 1 where no stack was started.
    """
    folder = _enter(state)
    found = status.look(folder)
    if found is None:
        if as_json:
            show_json({"running": False, "state_dir": str(folder)})
        else:
            _say(f"No stack runs in {folder}; `headrace up` starts one.")
        raise typer.Exit(1)
    models = _backlogs() if found.kafka.ready else []
    if as_json:
        show_json(found.as_json() | {"models": [each.as_json() for each in models]})
        return
    _print(found)
    if any(each.left for each in models):
        out.print()
        out.print(table("model", "progress", rows=[(each.label, each) for each in models]))


def _backlogs() -> list[Backlog]:
    return asyncio.run(backlogs(enter(None)))


def _enter(state: Path | None) -> Path:
    """Give the state folder, and make it that of all that is read and started from here on."""
    choose_state(state)
    return state_dir()


def start(plan: Plan, folder: Path) -> None:
    """Start a stack in the background, wait until it is ready and show it."""
    _get_kafka(plan)
    with err.status("Starting the servers"):
        background.launch(plan, folder)
    if found := _wait_ready(folder):
        _print(found)


def _get_kafka(plan: Plan) -> None:
    """Look for Java and fetch Kafka, before anything starts that would have to be ended."""
    if plan.kafka is not None:
        return
    jars.java()
    if jars.are_cached(cache_dir()):
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        progress.add_task(f"Fetching Kafka {jars.KAFKA_VERSION} by Maven: 44 MB, only once")
        jars.fetch(cache_dir())


def _stay(plan: Plan, folder: Path) -> None:
    """Start a stack and stay with it until a signal comes."""
    _get_kafka(plan)

    def say(event: str) -> None:
        _say(f"{time.strftime('%H:%M:%S')} {event}")

    with Launcher(plan, state=folder, cache=cache_dir(), say=say) as launcher:
        with err.status("Starting the servers"):
            launcher.start()
        if found := status.look(folder):
            _print(found)
        _say("Ctrl-C ends it.")
        launcher.watch()


def _wait_ready(folder: Path) -> Status | None:
    """Give the status when all is ready, or no longer can be expected to be."""
    deadline = time.monotonic() + READY_SECONDS
    with err.status("Waiting for the services") as spinner:
        while (found := status.look(folder)) is not None and time.monotonic() < deadline:
            waiting = [each.name for each in found.all() if each.ready is False]
            if not waiting or any(each.restarts >= LOOP_RESTARTS for each in found.all()):
                break
            spinner.update(f"Waiting for {', '.join(waiting)}")
            time.sleep(LOOK_SECONDS)
    return found


def _print(found: Status) -> None:
    address = Column("address", no_wrap=True)
    headings = ("", "state", number("pid"), address, number("restarts"), "ready", number("lag"))
    rows = (
        (
            each.name,
            each.state,
            str(each.pid or ""),
            each.address,
            each.restarts,
            _readiness(each),
            "" if each.lag is None else each.lag,
        )
        for each in found.all()
    )
    out.print(table(*headings, rows=rows))
    if not found.supervised:
        _say("`up` was killed: nothing is started again. `headrace down` ends the rest.")


def _say(sentence: str) -> None:
    """Tell it on standard error, on one line however long, so that a path can be copied."""
    err.print(Text(sentence), soft_wrap=True)


def _readiness(condition: Condition) -> str:
    if condition.ready is None:
        return ""
    if condition.ready:
        return "yes"
    return "no: " + (", ".join(condition.reasons) or "not yet")
