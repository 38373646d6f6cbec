"""Where generated pages go: to Kafka, into a folder, or to standard output."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import typer

from services.cli.feed import Send
from services.cli.load_feeding import Put
from services.cli.load_flow import LoadPage
from services.cli.load_layouts import RENDERINGS
from services.cli.pages import SavedPage
from services.common.errors import ExitStatus, Fatal


def kafka(send: Send) -> Put:
    """Give what sends a page as `feed` does."""

    async def put(page: LoadPage) -> Awaitable[Any]:
        content_type = RENDERINGS[page.layout].content_type
        return await send(SavedPage("a page", page.source, content_type), page.body)

    return put


def written(folder: Path) -> Put:
    """Give what writes each page into a file of its own, which `feed` and `parse` take as it is.

    Raises:
        Fatal: the folder cannot be made, or has something in it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        full = next(folder.iterdir(), None) is not None
    except OSError as error:
        raise Fatal(f"{folder}: {error.strerror}", ExitStatus.CONFIGURATION) from error
    if full:
        reason = f"{folder} is not empty: name a new folder, the pages are written into it"
        raise Fatal(reason, ExitStatus.CONFIGURATION)
    count = 0

    async def put(page: LoadPage) -> Awaitable[Any]:
        nonlocal count
        count += 1
        file = folder / f"{count:06}-{page.layout}.{RENDERINGS[page.layout].ending}"
        try:
            file.write_bytes(page.body)
        except OSError as error:
            raise Fatal(f"{file}: {error.strerror}", ExitStatus.UNAVAILABLE) from error
        return asyncio.sleep(0)

    return put


async def printed(page: LoadPage) -> Awaitable[Any]:
    """Print a page as a line of JSON."""
    content_type = RENDERINGS[page.layout].content_type
    typer.echo(
        as_line({"source": page.source, "content_type": content_type, "body": page.body.decode()})
    )
    return asyncio.sleep(0)


def as_line(found: dict[str, Any]) -> str:
    """Give a line of JSON."""
    return json.dumps(found, ensure_ascii=False)
