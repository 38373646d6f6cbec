"""``headrace topics``: the topics on the broker."""

from __future__ import annotations

import asyncio
import dataclasses

import typer

from services.cli.cluster import enter
from services.cli.console import name, number, out, show_json, table
from services.cli.options import AsJson, StateDir
from services.common.topics import topic

group = typer.Typer(no_args_is_help=True, help="Create the topics, or show them.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="topics")


@group.command()
def create(*, as_json: AsJson = False, state: StateDir = None) -> None:
    """Create the topics that are missing, and leave the others as they are.

    `headrace up` does it for a local stack; a Kafka of your own needs it once:

    ```
    HEADRACE_KAFKA__BOOTSTRAP_SERVERS=kafka:9092 headrace topics create
    ```
    """
    cluster = enter(state)
    created = asyncio.run(cluster.create_topics())
    if as_json:
        show_json({"created": created})
    else:
        out.print(f"Created {', '.join(created)}." if created else "All topics are there.")


@group.command()
def show(*, as_json: AsJson = False, state: StateDir = None) -> None:
    """Show every topic: its name on the broker, its partitions, and what it carries.

    Exits with 1 where one is missing.
    """
    cluster = enter(state)
    found = asyncio.run(cluster.show_topics())
    if as_json:
        show_json([dataclasses.asdict(each) for each in found])
    else:
        rows = [
            (each.name, each.full_name, each.partitions or "missing", *_purpose(each.name))
            for each in found
        ]
        headings = (
            name("topic"),
            name("on the broker"),
            number("partitions"),
            "value",
            "kept",
            "written by",
        )
        out.print(table(*headings, rows=rows))
    if not all(each.partitions for each in found):
        raise typer.Exit(1)


def _purpose(name: str) -> tuple[str, str, str]:
    known = topic(name)
    return known.value.replace("`", ""), known.policy, known.written_by
