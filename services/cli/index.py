"""``headrace index``: what dedupe's index holds, whether it agrees with the log, a new one."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from services.cli import index_rebuild, index_stats, index_verify
from services.cli.cluster import enter
from services.cli.console import bars, err, show_json
from services.cli.options import AsJson, StateDir

group = typer.Typer(no_args_is_help=True, help="Look at dedupe's index, check it, make it anew.")


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="index")


@group.command()
def stats(
    *,
    sample: Annotated[
        int, typer.Option(min=1, help="Buckets to look at; all where there are no more.")
    ] = 20_000,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Show what the index holds, how full it is, and how far it is behind the log.

    Papers, aliases (near copies) and revisions are counted by the index itself, exactly. Buckets
    and bytes are of a sample, whose error is about 2 %; up to some 2,000 papers it is the whole.

    A catch-up after a loss begins at the checkpoint: what is left there is what it would read,
    markers of transactions included.

    ```
    headrace index stats
    headrace index stats --json | jq .capacity.share
    ```
    """
    found = asyncio.run(index_stats.draw_up(enter(state), sample))
    if as_json:
        show_json(found.as_json())
    else:
        index_stats.show(found)


@group.command()
def verify(
    *,
    sample: Annotated[
        int, typer.Option(min=1, help="Offsets of unique to read, in runs over the whole topic.")
    ] = 100_000,
    everything: Annotated[
        bool, typer.Option("--all", help="Read all of unique, however long it takes.")
    ] = False,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Check that the index and the log agree; the services may go on meanwhile.

    Each record of `unique` that is read must be in the index: with its owner, its paper id and its
    revision, and found under the keys of its words. And back: a paper that the index takes for
    emitted must be on `unique`. That can only be told when all of `unique` is read, so with --all,
    or where the sample is as large as the topic.

    Exits with 1 where they differ, and says where. `headrace index rebuild` mends any difference.

    ```
    headrace index verify
    headrace index verify --all --json | jq '.findings[].place'
    ```
    """
    cluster = enter(state)
    with bars() as progress:
        found = asyncio.run(
            index_verify.compared(cluster, None if everything else sample, progress)
        )
    if as_json:
        show_json({"agrees": found.agrees, **found.as_json()})
    else:
        index_verify.show(found)
    if not found.agrees:
        raise typer.Exit(1)


@group.command()
def rebuild(
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    state: StateDir = None,
) -> None:
    """Make the index anew from the log; safe at any time, also while dedupe runs.

    Reads all of `unique`. Dedupe waits meanwhile and is not ready, drops nothing, and goes on by
    itself. Where one of its workers is quicker to begin, it does the work and this shows how far it
    is. Ended early, the rest is done by dedupe's next start, or by this command.

    ```
    headrace index rebuild && headrace index verify
    ```
    """
    cluster = enter(state)
    offsets = asyncio.run(index_rebuild.to_read(cluster))
    if not yes:
        typer.confirm(
            f"Dedupe will wait while {offsets:,} offsets of unique are read, about "
            f"{index_rebuild.estimate(offsets)}. Go on?",
            abort=True,
            err=True,
        )
    with index_rebuild.bar() as progress:
        asyncio.run(index_rebuild.rebuilt(cluster, progress))
    err.print("The index is made anew.")
