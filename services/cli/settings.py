"""``headrace settings``: every setting, its value here and now, and where that comes from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import typer

from services.cli.catalogue import Effective, effective
from services.cli.cluster import enter
from services.cli.console import name, out, show_json, table
from services.cli.options import AsJson, StateDir
from services.common.settings import PREFIX


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settings")(show)


def show(*, as_json: AsJson = False, state: StateDir = None) -> None:
    """Show every setting with its value, its source and what it is for.

    The environment wins, then a secret's file in the folder HEADRACE_SECRETS_DIR (named as the
    variable), then the local stack, then the default. Secrets stay hidden.

    ```
    headrace settings
    HEADRACE_EMBED__THREADS=4 headrace settings --json
    ```
    """
    found = effective(enter(state).settings)
    if as_json:
        show_json([_as_json(row) for row in found])
    else:
        headings = (name("variable"), "value", name("source"), "what it is for")
        out.print(table(*headings, rows=_rows(found)))


def _rows(found: Sequence[Effective]) -> Iterator[tuple[object, ...]]:
    """Give the rows, each section under the start that its variables share."""
    for section, rows in itertools.groupby(found, key=lambda row: row.setting.section):
        yield f"{PREFIX}{section.upper()}__", "", "", ""
        for row in rows:
            value = "" if row.value is None else row.value
            yield f"  {row.setting.name.upper()}", value, row.source, row.setting.description


def _as_json(row: Effective) -> dict[str, object]:
    return {
        "variable": row.setting.variable,
        "section": row.setting.section,
        "name": row.setting.name,
        "value": row.value,
        "source": row.source,
        "default": row.setting.default,
        "description": row.setting.description,
    }
