"""``headrace run``: one service as this process."""

from __future__ import annotations

import asyncio
import importlib
import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from services.cli.cluster import Cluster, enter
from services.cli.console import err
from services.cli.options import StateDir
from services.common.admin import create_topics, show_topics
from services.common.settings import PREFIX
from services.common.topics import ENRICHED
from services.embed.settings import MAIN

LABEL = f"{PREFIX}EMBED__LABEL"
MODEL = f"{PREFIX}EMBED__MODEL"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    service: Annotated[Literal["ingest", "dedupe", "embed"], typer.Argument(help="Which one.")],
    *,
    label: Annotated[
        str | None,
        typer.Option(help=f"Of embed: name of a further model's stream; {LABEL} says the same."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help=f"Of embed: folder of the model; {MODEL} says the same.")
    ] = None,
    state: StateDir = None,
) -> None:
    """Run one service in the foreground until a signal ends it.

    Several of the same share the work by partitions; each needs a port of its own.

    A second model is a second embed with a label: beside the first one it reads `unique` from its
    start, into a topic of its own that is made where it is missing. Ended, it goes on where it was.

    ```
    headrace run dedupe
    HEADRACE_WEB__PORT=6072 headrace run dedupe
    HEADRACE_WEB__PORT=6073 headrace run embed --label e5 --model models/e5-small
    ```
    """
    for name, value in ((LABEL, label), (MODEL, model)):
        if value is not None:
            if service != "embed":
                raise typer.BadParameter(f"{service} has no model", param_hint="--label, --model")
            os.environ[name] = str(value)
    cluster = enter(state)
    if service == "embed" and cluster.settings.embed.label != MAIN:
        asyncio.run(_make_topic(cluster))
    # Only what is needed: embed brings ONNX Runtime.
    importlib.import_module(f"services.{service}.app").main()


async def _make_topic(cluster: Cluster) -> None:
    """Make the label's topic, with as many partitions as the one of the first model."""
    kafka, names, topic = cluster.settings.kafka, cluster.settings.topics, cluster.enriched()
    (first,) = await show_topics(kafka, names, wanted=(ENRICHED,))
    if await create_topics(kafka, names, partitions=first.partitions or None, wanted=(topic,)):
        err.print(f"Created {names.full_name(topic)}.", highlight=False)
