"""``headrace tail``: what is written to a topic from now on."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Annotated

import typer
from rich.text import Text

from services.cli import lines
from services.cli.cluster import Cluster, enter
from services.cli.console import err, out
from services.cli.options import AsJson, StateDir, TopicName
from services.common.outcomes import InputRecord
from services.common.reader import follow


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(tail)


def tail(
    topic: Annotated[TopicName, typer.Argument(help="Which topic.", show_default=False)],
    *,
    count: Annotated[
        int | None, typer.Option("--count", "-n", min=1, help="End after so many records.")
    ] = None,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Follow a topic: a line a record, from now on, until Ctrl-C.

    ```
    headrace tail enriched
    headrace tail dead-letter --json | jq -r '.headers["headrace.reason"]'
    ```
    """
    asyncio.run(_follow(enter(state), topic, count=count, as_json=as_json))


async def _follow(cluster: Cluster, topic: str, *, count: int | None, as_json: bool) -> None:
    await cluster.require(topic)
    err.print(f"Following {topic}; Ctrl-C ends it.", style="dim")
    seen = 0
    async with aclosing(follow(cluster.clients, cluster.full_name(topic))) as records:
        async for record in records:
            _show(record, as_json=as_json)
            seen += 1
            if seen == count:
                break


def _show(record: InputRecord, *, as_json: bool) -> None:
    if as_json:
        typer.echo(lines.as_json(record))
    else:
        out.print(Text(lines.gist(record)), soft_wrap=True)
