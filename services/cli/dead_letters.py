"""``headrace dead-letters``: what was refused and why, sent back once that is mended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.cluster import Cluster, enter
from services.cli.console import bars, err, name, number, out, printable, show_json, table
from services.cli.letters import Letter, Letters, Selection, counts
from services.cli.options import AsJson, Since, StateDir, moment
from services.cli.settling import open_letters, settle
from services.common.errors import ExitStatus, Fatal

DETAIL_CHARACTERS = 60
SHOWN_CHARACTERS = 2_000

group = typer.Typer(
    no_args_is_help=True, help="Look at dead letters, send them back, or put them away."
)

Reason = Annotated[str | None, typer.Option(help="Only those of this reason.")]
Stage = Annotated[str | None, typer.Option(help="Only those of ingest, dedupe or embed.")]
Source = Annotated[str | None, typer.Option(help="Only those whose source has this in it.")]
Until = Annotated[str | None, typer.Option(help="Only earlier ones, likewise.")]
Places = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PLACE]", help="PARTITION/OFFSET, as list shows them.", show_default=False
    ),
]
Everything = Annotated[
    bool, typer.Option("--all", help="All of them; needed without another option.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(group, name="dead-letters")


@group.command("list")
def show_all(
    *,
    reason: Reason = None,
    stage: Stage = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    count: Annotated[int, typer.Option("--count", "-n", min=0, help="Newest ones shown.")] = 20,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Show how many dead letters are open, by stage and reason, and the newest of them.

    ```
    headrace dead-letters list
    headrace dead-letters list --reason unknown_layout --since 7d
    headrace dead-letters list --json | jq '.letters[].refused'
    ```
    """
    selection = _selection(reason, stage, source, since, until)
    letters = asyncio.run(open_letters(enter(state)))
    chosen = letters.chosen(selection)
    if as_json:
        show_json(_as_json(letters, chosen))
    else:
        _print(letters, chosen, count)


@group.command()
def show(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="As list shows it.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write its bytes to a file.")
    ] = None,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Show one dead letter whole: why it was refused, its headers, and the beginning of its bytes.

    ```
    headrace dead-letters show 0/17
    headrace dead-letters show 0/17 --output page.html && headrace parse --explain page.html
    ```
    """
    letter = _one(asyncio.run(open_letters(enter(state))).chosen(Selection(places=(place,))), place)
    value = letter.record.value or b""
    if output is not None:
        output.write_bytes(value)
        err.print(f"{len(value):,} bytes written to {output}.", highlight=False)
    headers = {key: content.decode(errors="replace") for key, content in letter.record.headers}
    if as_json:
        show_json(letter.as_json() | {"headers": headers})
        return
    about = letter.as_json() | {"at": _time(letter.at), "refused": _refused(letter)}
    out.print(table("", "", rows=[(key, printable(str(found))) for key, found in about.items()]))
    out.print()
    out.print(table("header", "value", rows=[(k, printable(v)) for k, v in headers.items()]))
    text = value[:SHOWN_CHARACTERS].decode(errors="replace")
    lines = "\n".join(printable(line) for line in text.splitlines())
    out.print(f"\n{lines}", markup=False, highlight=False)


@group.command()
def redrive(
    places: Places = None,
    *,
    reason: Reason = None,
    stage: Stage = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    yes: Yes = False,
    state: StateDir = None,
) -> None:
    """Send dead letters back to where they were refused, once what refused them is mended.

    A page or a paper goes back with its key, its headers and the number of its tries. What embed
    refused is emitted anew, as the next revision of its paper. Each goes back once, whatever is
    killed meanwhile. One item of a page cannot go back alone: feed that page again, and discard it.

    ```
    headrace dead-letters redrive --reason unknown_layout --since 7d
    headrace dead-letters redrive 0/17 0/18
    ```
    """
    selection = _selection(reason, stage, source, since, until, places or ())
    _settle(enter(state), selection, redriving=True, everything=everything, yes=yes)


@group.command()
def discard(
    places: Places = None,
    *,
    reason: Reason = None,
    stage: Stage = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    yes: Yes = False,
    state: StateDir = None,
) -> None:
    """Put dead letters away: they are listed no more, and go with the topic's retention.

    ```
    headrace dead-letters discard --reason empty_page --until 7d
    ```
    """
    selection = _selection(reason, stage, source, since, until, places or ())
    _settle(enter(state), selection, redriving=False, everything=everything, yes=yes)


def _as_json(letters: Letters, chosen: Sequence[Letter]) -> dict[str, Any]:
    return {
        "open": len(chosen),
        "settled": letters.settled,
        "counts": [
            {"stage": stage, "reason": reason, "count": found}
            for stage, reason, found in counts(chosen)
        ],
        "letters": [each.as_json() for each in chosen],
    }


def _print(letters: Letters, chosen: Sequence[Letter], count: int) -> None:
    out.print(f"{len(chosen):,} open, {letters.settled:,} redriven or discarded.", highlight=False)
    if chosen:
        out.print()
        out.print(table("stage", "reason", number("letters"), rows=counts(chosen)))
    if shown := chosen[len(chosen) - min(count, len(chosen)) :]:
        out.print()
        headings = ("stage", "reason", number("tries"), "source", "detail")
        out.print(table(name("place"), name("at"), *headings, rows=map(_row, shown)))


def _settle(
    cluster: Cluster, selection: Selection, *, redriving: bool, everything: bool, yes: bool
) -> None:
    if selection.is_everything and not everything:
        raise typer.BadParameter("say which ones, or --all", param_hint="PLACE")
    chosen = asyncio.run(open_letters(cluster)).chosen(selection)
    what = "Redrive" if redriving else "Discard"
    if chosen and not yes:
        err.print(table("stage", "reason", number("letters"), rows=counts(chosen)))
        typer.confirm(f"{what} {_letters(len(chosen))}?", abort=True, err=True)
    with bars() as progress:
        bar = progress.add_task(what, total=len(chosen))
        settled, stuck = asyncio.run(
            settle(
                cluster, selection, redrive=redriving, advance=lambda n: progress.advance(bar, n)
            )
        )
    out.print(f"{_letters(settled)} {'redriven' if redriving else 'discarded'}.", highlight=False)
    if stuck:
        err.print(f"{_letters(len(stuck))} cannot go back alone, and stay:", highlight=False)
        err.print(table(name("place"), "refused", rows=[(e.place, _refused(e)) for e in stuck]))


def _selection(
    reason: str | None,
    stage: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
    places: Sequence[str] = (),
) -> Selection:
    return Selection(reason, stage, source, moment(since), moment(until), tuple(places))


def _one(chosen: Sequence[Letter], place: str) -> Letter:
    if not chosen:
        raise Fatal(
            f"no open dead letter at {place}; `headrace dead-letters list` shows them",
            ExitStatus.CONFIGURATION,
        )
    return chosen[0]


def _row(letter: Letter) -> tuple[object, ...]:
    detail = printable(letter.detail)
    cut = detail if len(detail) <= DETAIL_CHARACTERS else detail[: DETAIL_CHARACTERS - 1] + "…"
    return (
        letter.place,
        _time(letter.at),
        letter.stage,
        letter.reason,
        letter.attempts,
        printable(letter.source),
        cut,
    )


def _time(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _refused(letter: Letter) -> str:
    item = "" if letter.item is None else f", item {letter.item}"
    return f"{letter.topic}/{letter.partition}/{letter.offset}{item}"


def _letters(count: int) -> str:
    return "1 letter" if count == 1 else f"{count:,} letters"
