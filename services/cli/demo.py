"""``headrace demo``: the whole way once, on a stack of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from services.cli import audit, results, stack
from services.cli.books import Books
from services.cli.cluster import Cluster, enter
from services.cli.console import err
from services.cli.drain import drained
from services.cli.feed import send
from services.cli.options import choose_state
from services.cli.pages import SavedPage, saved_pages
from services.cli.results import Result
from services.cli.scoreboard import TOPICS, Scoreboard
from services.cli.secure import Secure, names
from services.cli.tally import counted
from services.common.codec import decode
from services.common.errors import ExitStatus, Fatal
from services.common.outcomes import InputRecord
from services.common.reader import read
from services.common.records import EnrichedPaper
from services.common.settings import PREFIX, SECRETS_DIR
from services.common.topics import ENRICHED, UNIQUE
from services.local import status
from services.local.plan import Plan, workers

PAGES = Path("deploy/demo/pages")
OUTSIDE = (f"{PREFIX}KAFKA__", f"{PREFIX}REDIS__", f"{PREFIX}TOPICS__", SECRETS_DIR)
"""Variables that lead to servers of the user's own: the demo's pages are not for them."""

LOOK_SECONDS = 0.25


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    *,
    pages: Annotated[Path, typer.Option(help="Folder of the pages to feed.")] = PAGES,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds for the services to be ready, then to be through.")
    ] = 180.0,
    secure: Secure = False,
) -> None:
    """Show the whole way: start a stack of its own, feed sample pages, show what comes out.

    Ends everything that it started. Exits with 0 only if papers came out and the ledger agrees.
    """
    saved = saved_pages(_files(pages), source=None, content_type=None)
    with _own_stack(secure=secure) as folder:
        _wait_ready(folder, timeout)
        result = asyncio.run(_run(enter(folder), saved, timeout))
        results.show(result, Path(saved[0].file))
        if not result.good:
            raise typer.Exit(1)


def _files(folder: Path) -> list[str]:
    files = sorted(str(file) for file in folder.glob("*") if file.is_file())
    if not files:
        raise Fatal(
            f"no pages in {folder}; run it in the project's folder, or name one with --pages",
            ExitStatus.CONFIGURATION,
        )
    return files


@contextmanager
def _own_stack(*, secure: bool) -> Iterator[Path]:
    """Give the folder of a new stack; it is ended, and removed where all went well."""
    for name in [name for name in os.environ if name.startswith(OUTSIDE)]:
        del os.environ[name]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="headrace-demo-"))
    well = False
    try:
        choose_state(folder)
        plan = Plan(workers=workers(1), secure=names(secure=secure))
        stack.start(plan, folder)
        yield folder
        well = True
    finally:
        stack.down(delete=well, state=folder)
        if not well:
            err.print(f"The logs are kept in {folder / 'log'}.", highlight=False, soft_wrap=True)


def _wait_ready(folder: Path, timeout: float) -> None:
    """Wait for what must be made once, such as the model's graph; it is no part of the speed."""
    deadline = time.monotonic() + timeout
    while waiting := _not_ready(folder):
        if time.monotonic() > deadline:
            raise Fatal(
                f"{', '.join(waiting)} not ready after {timeout:g} s", ExitStatus.UNAVAILABLE
            )
        time.sleep(LOOK_SECONDS)


def _not_ready(folder: Path) -> list[str]:
    found = status.look(folder)
    if found is None:
        raise Fatal("the stack has ended", ExitStatus.UNAVAILABLE)
    return [each.name for each in found.all() if each.ready is False]


async def _run(cluster: Cluster, pages: Sequence[SavedPage], timeout: float) -> Result:
    with Scoreboard(len(pages)) as board:
        async with counted(cluster, TOPICS, board.count):
            await send(cluster, pages, lambda: None)
            await drained(cluster, timeout=timeout, told=board.left)
        with Books() as books:
            ledger = await audit.draw_up(cluster, books, Progress(disable=True))
        for topic in TOPICS:
            board.count(topic, ledger.records[topic])
    papers = [decode(each.value, EnrichedPaper) for each in await _all(cluster, ENRICHED.name)]
    started = min((each.timestamp for each in await _all(cluster, UNIQUE.name)), default=0) / 1000
    ended = max((paper.enriched_at.timestamp() for paper in papers), default=started)
    return Result(ledger, papers, max(ended - started, 1e-3))


async def _all(cluster: Cluster, topic: str) -> list[InputRecord]:
    name = cluster.full_name(topic)
    return [record async for records in read(cluster.clients, name) for record in records]
