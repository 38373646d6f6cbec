"""The ``headrace`` command."""

from __future__ import annotations

import logging
import sys
from typing import Annotated, NoReturn

import typer

from services.cli import (
    audit,
    dead_letters,
    demo,
    drain,
    export,
    feed,
    index,
    load,
    model,
    parse,
    settings,
    stack,
    stats,
    tail,
    takedown,
    top,
    topics,
    trace,
)
from services.cli import (
    run as service,
)
from services.cli.console import err
from services.common import logs
from services.common.build import build
from services.common.errors import ExitStatus, Fatal, Retryable, ServiceError
from services.common.settings import LogSettings

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"headrace {build()}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the build.")
    ] = False,
) -> None:
    """Listing pages in, deduplicated and embedded papers out, exactly once.

    A first round on this machine:

    ```
    headrace parse page.html       what a saved page would become
    headrace up --detach           Kafka, Valkey and the three services
    headrace feed page.html        a saved page that lists papers
    headrace drain                 wait until all of it is through
    headrace tail enriched         follow what comes out
    headrace audit                 nothing lost, nothing double
    headrace down
    ```

    With a Kafka of your own, set HEADRACE_KAFKA__BOOTSTRAP_SERVERS; `headrace settings` lists all
    settings.
    """
    del version
    logs.configure(LogSettings(level="WARNING"))
    # A command ends with one clear line; a service that it runs configures its own log.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


for room in (
    stack,
    top,
    demo,
    parse,
    feed,
    load,
    drain,
    tail,
    export,
    audit,
    trace,
    stats,
    index,
    takedown,
    dead_letters,
    model,
    topics,
    settings,
    service,
):
    room.register(app)


def run() -> NoReturn:
    """Run the command; an error that was raised on purpose is one line and an exit status."""
    try:
        app()
    except ServiceError as error:
        err.print(f"headrace: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(status_of(error))
    sys.exit(0)


def status_of(error: ServiceError) -> int:
    """Give the exit status of an error."""
    match error:
        case Fatal(status=status):
            return int(status)
        case Retryable():
            return int(ExitStatus.TEMPORARY)
        case _:
            return 1
