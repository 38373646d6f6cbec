"""The options and arguments that several commands share."""

from __future__ import annotations

import os
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


def choose_state(folder: Path | None) -> None:
    """Make it the state folder of all that is read and started from here on."""
    if folder is not None:
        os.environ[STATE_DIR] = str(folder.absolute())
