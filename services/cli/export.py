"""``headrace export``: a topic as a file."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import typer

from services.cli import lines
from services.cli.cluster import Cluster, enter
from services.cli.console import bars, err
from services.cli.options import StateDir, TopicName
from services.cli.reading import read_through
from services.common.errors import ExitStatus, Fatal

STDOUT = "-"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(
    *,
    topic: Annotated[TopicName, typer.Option("--topic", "-t", help="Which topic.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - for stdout.")
    ] = STDOUT,
    file_format: Annotated[
        Literal["jsonl"], typer.Option("--format", "-f", help="One JSON object a line.")
    ] = "jsonl",
    state: StateDir = None,
) -> None:
    """Write every committed record of a topic, from its start to its present end.

    A line is {topic, partition, offset, timestamp, key, headers, value}; a value that is no JSON is
    base64, and the line then has "encoding": "base64".

    ```
    headrace export --topic enriched --output enriched.jsonl
    headrace export --topic unique | jq -r .value.title
    ```
    """
    del file_format  # jsonl is the only one
    count = asyncio.run(_export(enter(state), topic, output))
    err.print(f"{count:,} records of {topic} written to {_name(output)}.", highlight=False)


async def _export(cluster: Cluster, topic: str, output: str) -> int:
    await cluster.require(topic)
    count = 0
    with _opened(output) as file, bars() as progress:
        async with aclosing(read_through(cluster, topic, progress)) as batches:
            async for records in batches:
                file.writelines(lines.as_json(record) + b"\n" for record in records)
                count += len(records)
    return count


@contextlib.contextmanager
def _opened(output: str) -> Iterator[BinaryIO]:
    """Give a file that appears under its name only when it is whole."""
    if output == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise Fatal(
            f"{output} cannot be written: {error.strerror}", ExitStatus.CONFIGURATION
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _name(output: str) -> str:
    return "standard output" if output == STDOUT else output
