"""``headrace stats``: what the sightings tell of the stream."""

from __future__ import annotations

import asyncio
from typing import Any

import typer
from rich.progress import Progress

from services.cli.cluster import Cluster, enter
from services.cli.console import bars, number, out, printable, show_json, table
from services.cli.options import AsJson, StateDir
from services.cli.reading import read_through
from services.cli.sightings import Tally
from services.common.codec import decode
from services.common.records import Sighting
from services.common.topics import SIGHTINGS

SHOWN_SOURCES = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(stats)


def stats(*, as_json: AsJson = False, state: StateDir = None) -> None:
    """Show how much of what is listed was listed before, by source, and how much is still to come.

    Reads `sightings`, which holds 90 days. The share of unseen papers is the chance that the next
    paper listed is a new one (Good and Turing: papers sighted once, by sightings).

    ```
    headrace stats
    headrace stats --json | jq .unseen_share
    ```
    """
    cluster = enter(state)
    with bars() as progress:
        found = asyncio.run(draw_up(cluster, progress))
    if as_json:
        show_json(as_dict(found))
    else:
        show(found)


async def draw_up(cluster: Cluster, progress: Progress) -> Tally:
    """Read all sightings, and count."""
    await cluster.require(SIGHTINGS.name)
    found = Tally()
    async for records in read_through(cluster, SIGHTINGS.name, progress):
        for record in records:
            found.add(decode(record.value, Sighting))
    return found


def as_dict(found: Tally) -> dict[str, Any]:
    """Give what ``--json`` prints."""
    return {
        "sightings": found.sightings,
        "papers": found.papers,
        "singletons": found.singletons,
        "unseen_share": found.unseen_share,
        "verdicts": dict(found.verdicts),
        "sources": {
            name: {
                "sightings": source.sightings,
                "copies": source.copies,
                "copy_share": source.copy_share,
            }
            for name, source in found.sources.items()
        },
    }


def show(found: Tally) -> None:
    """Show it to a person, the busiest sources first."""
    verdicts = ", ".join(f"{count:,} {name}" for name, count in found.verdicts.most_common())
    out.print(f"{found.sightings:,} sightings: {verdicts or 'none'}.", highlight=False)
    if found.unseen_share is None:
        return
    out.print(f"{found.papers:,} papers, {found.singletons:,} sighted once.", highlight=False)
    out.print(f"The next one is unseen with a chance of {found.unseen_share:.1%}.\n")
    busiest = sorted(found.sources.items(), key=lambda each: -each[1].sightings)
    rows = [
        (printable(name), source.sightings, source.copies, f"{source.copy_share:.1%}")
        for name, source in busiest[:SHOWN_SOURCES]
    ]
    headings = ("source", number("sightings"), number("copies"), number("share"))
    out.print(table(*headings, rows=rows))
    if (more := len(busiest) - len(rows)) > 0:
        out.print(f"and {more:,} more sources: `headrace stats --json` has them all")
