"""Where a command writes: results to standard output, progress and errors to standard error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

out = Console()
err = Console(stderr=True)


def show_json(value: Any) -> None:
    """Write a value as indented JSON, without colours."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def table(*headings: str | Column, rows: Iterable[Iterable[object]]) -> Table:
    """Give a table; cells are plain text, whatever square brackets they hold."""
    made = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        made.add_row(*(Text(f"{cell:,}" if type(cell) is int else str(cell)) for cell in row))
    return made


def number(heading: str) -> Column:
    """Give a column of numbers."""
    return Column(heading, justify="right", no_wrap=True)


def name(heading: str) -> Column:
    """Give a column of names, each whole, to be copied."""
    return Column(heading, no_wrap=True)


def bars() -> Progress:
    """Give progress bars on standard error, so that a piped result stays clean."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
    )


def printable(text: str) -> str:
    """Give the text without what a terminal would obey: records come from anywhere."""
    return "".join(character if character.isprintable() else " " for character in text)
