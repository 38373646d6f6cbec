"""``headrace audit``: does what came out agree with what came in?"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime

import typer
from rich.progress import Progress

from services.cli.accounts import Entry, Input, Reach, entry, is_settlement
from services.cli.books import Books
from services.cli.checks import Check
from services.cli.cluster import Cluster, Stage, enter
from services.cli.console import bars, name, number, out, show_json, table
from services.cli.ledger import Ledger, ledger
from services.cli.options import AsJson, Since, StateDir, moment
from services.cli.reading import read_through
from services.cli.silent_pages import read_again
from services.common import groups
from services.common.outcomes import InputRecord
from services.common.reader import begin_offsets
from services.common.topics import PAGES, TOPICS

SHOWN_FINDINGS = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    *,
    since: Since = None,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Check that nothing is lost and nothing is double, from the records themselves.

    Reads every topic to its present end and compares each stage's inputs with what came of them.
    The services may go on meanwhile: what is not committed yet counts as waiting. With --since,
    inputs from before are read and not compared.

    A million records take 0.2 GB in the folder for temporary files. Memory is what is read of Kafka
    at once: half a gigabyte was seen.

    Exits with 1 where anything is off, and says where.

    ```
    headrace drain && headrace audit
    headrace audit --since 24h
    headrace audit --json | jq '.checks[] | select(.off > 0)'
    ```
    """
    cluster, begin = enter(state), moment(since)
    with bars() as progress, Books() as books:
        found = asyncio.run(draw_up(cluster, books, progress, since=begin))
    if as_json:
        show_json({"agrees": found.agrees, **dataclasses.asdict(found)})
    else:
        show(found)
    if not found.agrees:
        raise typer.Exit(1)


async def draw_up(
    cluster: Cluster, books: Books, progress: Progress, *, since: datetime | None = None
) -> Ledger:
    """Read all that the ledger needs into its books, and give it."""
    committed = await read_books(cluster, books, progress)
    reaches = [
        await _reach(cluster, stage, below)
        for stage, below in zip(cluster.stages(), committed, strict=True)
    ]
    return ledger(books, reaches, since=0 if since is None else int(since.timestamp() * 1000))


async def read_books(cluster: Cluster, books: Books, progress: Progress) -> list[dict[int, int]]:
    """Read every topic into books, and give what each stage had committed before."""
    await cluster.require(*(topic.name for topic in TOPICS))
    stages = cluster.stages()
    committed = [await _committed(cluster, stage) for stage in stages]
    for topic in TOPICS:
        if topic is PAGES:
            continue
        # Open transactions are waited for: a committed record may lie behind one.
        async for records in read_through(cluster, topic.name, progress, wait_open=True):
            books.add(entry(topic.name, each) for each in records if not is_settlement(each))
    # After all that came of them: a page of which nothing came is read again.
    async for records in read_through(cluster, PAGES.name, progress, wait_open=True):
        books.add([_page(cluster, books, each, stages[0], committed[0]) for each in records])
    return committed


def _page(
    cluster: Cluster,
    books: Books,
    record: InputRecord,
    ingest: Stage,
    committed: Mapping[int, int],
) -> Entry:
    page = entry(PAGES.name, record)
    source = Input(ingest.group, record.topic, record.partition, record.offset)
    if record.offset >= committed.get(record.partition, 0) or books.heard(source):
        return page
    return read_again(page, record, cluster.settings.ingest)


async def _reach(cluster: Cluster, stage: Stage, committed: dict[int, int]) -> Reach:
    source_name = cluster.full_name(stage.source)
    return Reach(
        stage=stage.name,
        group=stage.group,
        source=stage.source,
        source_name=source_name,
        # After the records: what expired meanwhile is not missed.
        begins=await begin_offsets(cluster.clients, source_name),
        committed=committed,
        most=await _committed(cluster, stage),
    )


async def _committed(cluster: Cluster, stage: Stage) -> dict[int, int]:
    return await groups.committed_offsets(
        cluster.clients, stage.group, cluster.full_name(stage.source)
    )


def show(found: Ledger) -> None:
    """Show the ledger: what is on each topic, what was checked, and what is off."""
    out.print(table("topic", number("records"), rows=found.records.items()))
    notes = [f"{count:,} {verdict}" for verdict, count in sorted(found.verdicts.items())]
    out.print(f"\nSightings: {', '.join(notes) or 'none'}.", highlight=False)
    for what, counts in (("Dead letters", found.dead_letters), ("Waiting", found.waiting)):
        each = ", ".join(f"{count:,} {stage}" for stage, count in counts.items() if count)
        out.print(f"{what}: {each or 'none'}.", highlight=False)
    rows = [(c.rule, c.expected, c.found, "off" if c.off else "ok") for c in found.checks]
    out.print()
    out.print(table("check", number("expected"), number("found"), "", rows=rows))
    for check in found.checks:
        _show_findings(check)
    verdict = "The ledger agrees." if found.agrees else "The ledger does NOT agree."
    out.print(f"\n{verdict}", style="green" if found.agrees else "bold red")


def _show_findings(check: Check) -> None:
    if not check.off:
        return
    shown: Sequence[tuple[str, str]] = [
        (finding.place, finding.what) for finding in check.findings[:SHOWN_FINDINGS]
    ]
    out.print(f"\nOff: {check.rule}", style="bold", highlight=False)
    out.print(table(name("where"), "what", rows=shown))
    if (more := check.off - len(shown)) > 0:
        out.print(f"and {more:,} more: `--json` has the first thousand", highlight=False)
