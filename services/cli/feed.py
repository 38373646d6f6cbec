"""``headrace feed``: saved pages onto the topic of pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from services.cli.cluster import Cluster, enter
from services.cli.console import bars, err, out, show_json
from services.cli.options import AsJson, StateDir
from services.cli.pages import SavedPage, saved_pages
from services.common.clients import close
from services.common.deadline import within
from services.common.errors import Fatal
from services.common.topics import PAGES

AT_ONCE = 16
"""Pages on their way at the same time: 128 MiB of the largest."""

CLOSE_SECONDS = 5.0

Send = Callable[[SavedPage, bytes], Awaitable[Awaitable[Any]]]


@dataclass(frozen=True, slots=True)
class Fed:
    """A page that Kafka acknowledged, and where it is."""

    file: str
    source: str
    partition: int
    offset: int
    bytes: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(feed)


def feed(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Saved pages; - for stdin.", show_default=False),
    ],
    *,
    source: Annotated[
        str | None,
        typer.Option(help="The pages' address or name.", show_default="each file's name"),
    ] = None,
    content_type: Annotated[
        str | None, typer.Option(help="What they are.", show_default="by the file's ending")
    ] = None,
    as_json: AsJson = False,
    state: StateDir = None,
) -> None:
    """Send saved pages, each file one record, and wait until Kafka has them all.

    Pages of one source keep their order. A page has at most 8 MiB; one that is larger stops the
    command before anything is sent.

    ```
    headrace feed saved/*.html
    curl -s https://example.org/new | headrace feed - --source https://example.org/new
    ```
    """
    cluster = enter(state)
    pages = saved_pages(files, source=source, content_type=content_type)
    with bars() as progress:
        bar = progress.add_task("Feeding", total=len(pages))
        fed = asyncio.run(send(cluster, pages, lambda: progress.advance(bar)))
    if as_json:
        show_json([asdict(each) for each in fed])
    else:
        count = "1 page" if len(fed) == 1 else f"{len(fed):,} pages"
        out.print(f"{count} on {cluster.full_name(PAGES.name)}.", highlight=False)
        err.print("`headrace drain` waits until all of it is through.", style="dim")


async def send(
    cluster: Cluster, pages: Sequence[SavedPage], advance: Callable[[], None]
) -> list[Fed]:
    """Send the pages and give them, acknowledged, in their order.

    Raises:
        Fatal: a page was not acknowledged; says how many were.
    """
    await cluster.require(PAGES.name)
    fed: list[Fed] = []
    try:
        async with sender(cluster) as send_one:
            for first in range(0, len(pages), AT_ONCE):
                async for each in _send_together(send_one, pages[first : first + AT_ONCE]):
                    fed.append(each)
                    advance()
    except Fatal as error:
        raise Fatal(
            f"{error}; {len(fed)} of {len(pages)} pages are acknowledged, more may have arrived. "
            "Feed all of them again: papers that came through already are not doubled",
            error.status,
        ) from error
    return fed


async def _send_together(send: Send, pages: Sequence[SavedPage]) -> AsyncIterator[Fed]:
    sent = []
    for page in pages:
        body = page.content()
        sent.append((page, len(body), await within(send(page, body), f"sending {page.file}")))
    for page, size, acknowledged in sent:
        place = await within(acknowledged, f"sending {page.file}")
        yield Fed(page.file, page.source, place.partition, place.offset, size)


@contextlib.asynccontextmanager
async def sender(cluster: Cluster) -> AsyncIterator[Send]:
    """Give what sends a page, and then waits until Kafka has it."""
    topic = cluster.full_name(PAGES.name)
    producer = await cluster.clients.started(cluster.clients.producer)

    async def send(page: SavedPage, body: bytes) -> Awaitable[Any]:
        future: Awaitable[Any] = await producer.send(
            topic, body, key=page.key, headers=page.headers(datetime.now(UTC))
        )
        return future

    try:
        yield send
    finally:
        # It flushes, and would wait for a broker that is gone.
        with contextlib.suppress(Fatal):
            await within(close(producer), "closing the producer", CLOSE_SECONDS)
