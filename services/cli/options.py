"""The options and arguments that several commands share."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from services.common.settings import STATE_DIR

StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        help=f"Folder of the local stack to use; {STATE_DIR} says the same.",
        show_default="the platform's folder for an application's state",
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]

TopicName = Literal["pages", "papers", "unique", "sightings", "enriched", "dead-letter"]
"""The short names of the topics; a test keeps them those of ``services.common.topics``."""


UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def choose_state(folder: Path | None) -> None:
    """Make it the state folder of all that is read and started from here on."""
    if folder is not None:
        os.environ[STATE_DIR] = str(folder.absolute())


Since = Annotated[str | None, typer.Option(help="Only later ones: 30m, 12h, 7d, or an ISO time.")]


def moment(text: str | None) -> datetime | None:
    """Read a time: so long ago, or in ISO 8601, in the local zone where it names none.

    Raises:
        typer.BadParameter: it is neither.
    """
    if text is None:
        return None
    unit = UNITS.get(text[-1:])
    if unit is not None and text[:-1].isdecimal():
        return datetime.now(UTC) - timedelta(**{unit: int(text[:-1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither 30m, 12h, 7d nor an ISO time") from None
    return found if found.tzinfo else found.astimezone()
