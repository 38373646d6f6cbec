"""``headrace trace``: what became of a page, of a record, or of a paper."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from sqlite3 import Row
from typing import Annotated, Any

import typer
from rich.tree import Tree

from services.cli.audit import read_books
from services.cli.books import Books
from services.cli.cluster import Cluster, enter
from services.cli.console import bars, out, show_json
from services.cli.options import AsJson, StateDir
from services.common.errors import ExitStatus, Fatal

ID = re.compile("[0-9a-f]{32}")
PLACE = re.compile(r"(.+)/(\d+)/(\d+)")

Traced = dict[str, Any]
"""A record: its place, what is known of it, and under ``gave`` the records that came of it."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(trace)


def trace(
    what: Annotated[
        str,
        typer.Argument(
            metavar="PLACE|ID",
            help="TOPIC/PARTITION/OFFSET, or a paper's or wording's id.",
            show_default=False,
        ),
    ],
    *,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Show what became of a page, of one record, or of a paper: stage by stage, with its verdicts.

    Reads every topic, as `headrace audit` does, whose findings are places to be traced.

    ```
    headrace trace pages/0/17
    headrace trace listings.papers.v1/2/40
    headrace trace 0123456789abcdef0123456789abcdef
    ```
    """
    cluster = enter(state)
    with bars() as progress, Books() as books:
        asyncio.run(read_books(cluster, books, progress))
        books.index()
        found = list(traced(cluster, books, what))
    if not found:
        raise Fatal(f"there is nothing of {what} on any topic", ExitStatus.CONFIGURATION)
    if as_json:
        show_json(found)
        return
    for each in found:
        out.print(_tree(each), highlight=False)


def traced(cluster: Cluster, books: Books, what: str) -> Iterator[Traced]:
    """Yield the records that are meant, each with all that came of it.

    Raises:
        Fatal: it is neither a place nor an id.
    """
    for row in _meant(cluster, books, what):
        yield _with_outputs(cluster, books, row)


def _meant(cluster: Cluster, books: Books, what: str) -> Iterator[Row]:
    if ID.fullmatch(what):
        yield from books.select(
            "SELECT * FROM entry WHERE topic = 'papers' AND wording = :id", id=what
        )
        # Other wordings of the paper are told by what dedupe sighted under its id.
        yield from books.select(
            "SELECT DISTINCT i.* FROM entry s JOIN entry i ON i.topic = 'papers' "
            'AND i."partition" = s.input_partition AND i."offset" = s.input_offset '
            "WHERE s.topic = 'sightings' AND s.paper = :id AND i.wording != :id",
            id=what,
        )
        return
    names = {cluster.full_name(each.name): each.name for each in cluster.topics()}
    place = PLACE.fullmatch(what)
    if place is None:
        raise Fatal(
            f"{what} is neither TOPIC/PARTITION/OFFSET nor an id of 32 digits",
            ExitStatus.CONFIGURATION,
        )
    topic, partition, offset = place.groups()
    yield from books.select(
        'SELECT * FROM entry WHERE topic = :topic AND "partition" = :at AND "offset" = :offset',
        topic=names.get(topic, topic),
        at=int(partition),
        offset=int(offset),
    )


def _with_outputs(cluster: Cluster, books: Books, row: Row) -> Traced:
    known = ("wording", "paper", "verdict", "revision")
    found: Traced = {
        "topic": row["topic"],
        "place": books.place(row["topic"], row["partition"], row["offset"]),
        **{name: row[name] for name in known if row[name]},
    }
    stage = next((each for each in cluster.stages() if each.source == row["topic"]), None)
    if stage is None:
        return found
    gave = books.select(
        "SELECT * FROM entry INDEXED BY came_of WHERE topic IN "
        "('papers', 'sightings', 'unique', 'enriched', 'dead-letter') AND origin = :origin "
        'AND input_partition = :at AND input_offset = :offset ORDER BY topic, "offset"',
        origin=books.origin(stage.group, cluster.full_name(stage.source)),
        at=row["partition"],
        offset=row["offset"],
    )
    return found | {"gave": [_with_outputs(cluster, books, each) for each in list(gave)]}


def _tree(found: Traced, parent: Tree | None = None) -> Tree:
    facts = [f"{name} {found[name]}" for name in found if name not in ("topic", "place", "gave")]
    label = f"{found['place']}  {', '.join(facts)}"
    branch = Tree(label) if parent is None else parent.add(label)
    for each in found.get("gave", ()):
        _tree(each, branch)
    return branch
