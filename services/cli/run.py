"""``headrace run``: one service as this process."""

from __future__ import annotations

import importlib
from typing import Annotated, Literal

import typer

from services.cli.cluster import enter
from services.cli.options import StateDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    service: Annotated[Literal["ingest", "dedupe", "embed"], typer.Argument(help="Which one.")],
    *,
    state: StateDir = None,
) -> None:
    """Run one service in the foreground until a signal ends it.

    Several of the same share the work by partitions; each needs a port of its own.

    ```
    headrace run dedupe
    HEADRACE_WEB__PORT=6072 headrace run dedupe
    ```
    """
    enter(state)
    # Only what is needed: embed brings ONNX Runtime.
    importlib.import_module(f"services.{service}.app").main()
