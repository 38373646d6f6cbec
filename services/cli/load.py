"""``headrace load``: invented pages onto the topic of pages, in bursts, as many as are wanted."""

from __future__ import annotations

import asyncio
import math
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from services.cli.cluster import enter
from services.cli.console import bars, err, number, out, table
from services.cli.feed import sender
from services.cli.load_feeding import Fed, Limit, Told, feed
from services.cli.load_flow import Mix, flow
from services.cli.load_layouts import RENDERINGS
from services.cli.load_pace import Pace
from services.cli.load_sinks import as_line, kafka, printed, written
from services.cli.options import AsJson, StateDir
from services.common.errors import BadSetting
from services.common.topics import PAGES

USUAL_PAPERS = 10_000
SEEDS = 1_000_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(load)


def load(
    *,
    rate: Annotated[float, typer.Option(min=0.01, help="Papers a second, on average.")] = 200.0,
    flood: Annotated[
        bool, typer.Option("--flood", help="As fast as Kafka takes them, without a rate.")
    ] = False,
    papers: Annotated[
        int | None, typer.Option(min=1, help="Papers in all.", show_default=f"{USUAL_PAPERS:,}")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", min=0.1, help="Seconds; with --papers, what is first.")
    ] = None,
    burst_factor: Annotated[
        float, typer.Option(min=1, help="How many times faster than between bursts.")
    ] = 3.0,
    burst_every: Annotated[float, typer.Option(min=0.1, help="Seconds from burst to burst.")] = 60,
    burst_seconds: Annotated[float, typer.Option(min=0.1, help="How long a burst lasts.")] = 5,
    papers_a_page: Annotated[int, typer.Option(min=1, max=1000, help="Listed on each page.")] = 20,
    words: Annotated[int, typer.Option(min=40, max=2000, help="Mean of an abstract.")] = 120,
    exact_copies: Annotated[
        float, typer.Option(min=0, max=1, help="Share of papers seen before, word for word.")
    ] = 0.2,
    near_copies: Annotated[
        float, typer.Option(min=0, max=1, help="Share seen before, another word in the abstract.")
    ] = 0.05,
    revisions: Annotated[
        float, typer.Option(min=0, max=1, help="Share announced as a new version of one before.")
    ] = 0.01,
    sources: Annotated[int, typer.Option(min=1, max=100_000, help="That the pages are from.")] = 50,
    exponent: Annotated[
        float, typer.Option(min=0, help="Of the Zipf distribution of sources; 0 is even.")
    ] = 1.0,
    layout: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Of the pages, one of {', '.join(RENDERINGS)}; again for more.",
            show_default="all of them",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="The same seed, the same pages.", show_default="one by chance"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print each page as a line of JSON; no Kafka.")
    ] = False,
    into: Annotated[
        Path | None, typer.Option(help="Write the pages into this folder; no Kafka.")
    ] = None,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Generate listing pages of invented papers and send them, at a rate with bursts.

    Each page has a source, and pages of one source keep their order: few sources, or a high
    exponent, make one partition busier than the others. Half of the copies are of papers that are
    on their way just now.

    At the end it tells what was fed, and how far behind the wanted rate. What dedupe must find is
    as many new papers as are distinct.

    ```
    headrace load --papers 100000 --rate 500 --burst-factor 5
    headrace load --flood --for 60
    headrace load --into pages --papers 100 && headrace parse pages/*
    ```
    """
    mix = Mix(
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
        papers_a_page=papers_a_page,
        words=words,
        exact=exact_copies,
        near=near_copies,
        revised=revisions,
        sources=sources,
        exponent=exponent,
        layouts=tuple(layout or RENDERINGS),
    )
    pace = None if flood else Pace(rate, burst_factor, burst_every, burst_seconds)
    _refuse(mix.fault(), None if pace is None else pace.fault())
    dry = dry_run or into is not None
    limit = _limit(papers, seconds, pace, dry=dry)
    with bars() as progress:
        told = _bar(progress, limit)
        if dry:
            put = written(into) if into else printed
            fed = asyncio.run(feed(flow(mix), None, put, limit=limit, told=told))
        else:
            fed = asyncio.run(_sent(mix, pace, limit, told, state))
    _show(fed, mix.seed, as_json=as_json, aside=dry_run and into is None)


def _refuse(*faults: str | None) -> None:
    for fault in filter(None, faults):
        raise BadSetting(fault)


def _limit(papers: int | None, seconds: float | None, pace: Pace | None, *, dry: bool) -> Limit:
    """Give when it is enough; a dry run takes no time, and ends with what would be due."""
    if seconds is None:
        return Limit(papers or USUAL_PAPERS)
    if pace is None:
        if dry:
            raise BadSetting("a dry run without a rate has no end: say --papers instead of --for")
        return Limit(papers or math.inf, seconds)
    due = min(papers or math.inf, pace.due(seconds))
    return Limit(due) if dry else Limit(due, seconds)


def _bar(progress: Progress, limit: Limit) -> Told:
    timed = math.isinf(limit.papers)
    total = limit.seconds if timed else limit.papers
    bar = progress.add_task("Feeding, seconds" if timed else "Feeding", total=math.ceil(total))

    def told(papers: int, seconds: float) -> None:
        progress.update(bar, completed=int(seconds) if timed else papers)

    return told


async def _sent(mix: Mix, pace: Pace | None, limit: Limit, told: Told, state: Path | None) -> Fed:
    cluster = enter(state)
    await cluster.require(PAGES.name)
    async with sender(cluster) as send:
        return await feed(flow(mix), pace, kafka(send), limit=limit, told=told)


def _show(fed: Fed, seed: int, *, as_json: bool, aside: bool) -> None:
    if as_json:
        typer.echo(as_line({"seed": seed, **asdict(fed)}), err=aside)
        return
    target = err if aside else out
    rows = [
        ("pages", fed.pages, f"{fed.bytes / 1e6:,.1f} MB"),
        ("papers", fed.papers, f"seed {seed}"),
        ("distinct", fed.distinct, ""),
        ("exact copies", fed.exact, ""),
        ("near copies", fed.near, ""),
        ("revisions", fed.revised, ""),
    ]
    target.print(table("", number("fed"), "", rows=rows))
    target.print(f"\n{_speed(fed)}", highlight=False)


def _speed(fed: Fed) -> str:
    reached = f"{fed.seconds:,.1f} s, {fed.papers_per_second:,.0f} papers/s"
    if fed.wanted_per_second is None:
        return f"{reached}."
    return (
        f"{reached} of {fed.wanted_per_second:,g} wanted; {fed.behind_seconds:.1f} s behind at the "
        f"end, {fed.most_behind_seconds:.1f} s at most."
    )
