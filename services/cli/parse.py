"""``headrace parse``: what a saved page would become, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Column

from services.cli.console import bars, name, number, out, printable, show_json, table
from services.cli.options import AsJson, StateDir, choose_state
from services.cli.pages import saved_pages
from services.cli.parsed import Parsed, as_json, flags, parsed
from services.common.errors import Rejected
from services.common.records import Paper
from services.common.settings import load
from services.ingest.layouts.layout import Match
from services.ingest.reading import Reading
from services.ingest.settings import IngestSettings

TITLE_CHARACTERS = 70
ABSTRACT_CHARACTERS = 40


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parse)


def parse(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Saved pages; - for stdin.", show_default=False),
    ],
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what every layout says of the page.")
    ] = False,
    content_type: Annotated[
        str | None, typer.Option(help="What they are.", show_default="by the file's ending")
    ] = None,
    as_json_: AsJson = False,
    state: StateDir = None,
) -> None:
    """Show what ingest would make of saved pages, without Kafka.

    One page is shown whole: its layout and why, and its papers. Of several, each is a row. Exits
    with 1 where a page would be a dead letter.

    ```
    headrace parse saved.html
    headrace parse --explain unknown.txt
    headrace parse captures/* --json | jq '.[] | select(.refused)'
    ```
    """
    choose_state(state)
    limits = load(IngestSettings).ingest
    pages = saved_pages(files, source=None, content_type=content_type)
    with bars() as progress:
        bar = progress.add_task("Reading pages", total=len(pages), visible=len(pages) > 1)
        found = []
        for page in pages:
            found.append(parsed(page, limits))
            progress.advance(bar)
    if as_json_:
        shown = [as_json(each) for each in found]
        show_json(shown if len(shown) > 1 else shown[0])
    elif len(found) > 1 and not explain:
        _show_rows(found)
    else:
        for each in found:
            _show(each, explain=explain)
    if any(isinstance(each.outcome, Rejected) for each in found):
        raise typer.Exit(1)


def _show(found: Parsed, *, explain: bool) -> None:
    out.print(found.file, style="bold", markup=False, highlight=False)
    match found.outcome:
        case Rejected() as refused:
            _say("Would be a dead letter", f"{refused.reason}: {refused.detail}")
        case reading:
            _show_reading(found, reading)
    if explain:
        said = [
            (
                opinion.layout.name,
                "yes" if isinstance(opinion.answer, Match) else "no",
                opinion.answer.reason,
            )
            for opinion in found.opinions
        ]
        out.print()
        out.print(table(name("layout"), "its page", "why", rows=said))
    out.print()


def _show_reading(found: Parsed, reading: Reading) -> None:
    _say("Layout", f"{reading.layout}: {reading.reason}")
    declared = reading.listing.declared
    said = "" if declared is None else f", {declared} declared"
    bad = reading.listing.bad_items
    left_out = f", {len(bad)} items would be dead letters" if bad else ""
    _say("Papers", f"{len(found.papers)}{said}{left_out}, in {1000 * found.seconds:.1f} ms")
    if reading.flags:
        _say("Flags of the page", ", ".join(reading.flags))
    headings = (number("#"), "title", "abstract", name("id"), "kind", "published", "flags")
    if found.papers:
        out.print()
        out.print(table(*headings, rows=map(_row, found.papers)))


def _say(what: str, said: str) -> None:
    out.print(Padding(f"{what}: {printable(said)}", (0, 0, 0, 2)), markup=False, highlight=False)


def _row(paper: Paper) -> tuple[object, ...]:
    return (
        paper.page.position + 1,
        _cut(paper.title, TITLE_CHARACTERS),
        _cut(paper.abstract, ABSTRACT_CHARACTERS),
        paper.arxiv_id or paper.doi or "",
        paper.kind.value if paper.kind else "",
        paper.published or "",
        ", ".join(paper.flags),
    )


def _show_rows(found: Sequence[Parsed]) -> None:
    headings = (
        Column("file", overflow="fold", min_width=12),
        name("layout"),
        number("declared"),
        number("papers"),
        number("ms"),
        Column("flags, or why it would be a dead letter", min_width=24),
    )
    out.print(table(*headings, rows=map(_summary, found)))


def _summary(found: Parsed) -> tuple[object, ...]:
    milliseconds = f"{1000 * found.seconds:.1f}"
    match found.outcome:
        case Rejected() as refused:
            why = _cut(f"{refused.reason}: {refused.detail}", 2 * TITLE_CHARACTERS)
            return (Path(found.file).name, "", "", "", milliseconds, why)
        case reading:
            declared = reading.listing.declared
            return (
                Path(found.file).name,
                reading.layout,
                "" if declared is None else declared,
                len(found.papers),
                milliseconds,
                flags(found.papers),
            )


def _cut(text: str | None, characters: int) -> str:
    text = printable(text or "")
    return text if len(text) <= characters else text[: characters - 1] + "…"
