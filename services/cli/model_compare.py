"""How ``headrace model compare`` finds its models and texts, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from services.cli.cluster import enter
from services.cli.console import name, out, table
from services.common.codec import decode
from services.common.errors import Rejected
from services.common.reader import read
from services.common.records import Paper
from services.common.topics import UNIQUE
from services.embed.handler import text_of
from services.embed.settings import EmbedSection

if TYPE_CHECKING:
    from services.embed.comparing import Comparison

INSTALLED = "default"
PRECISIONS = ("fp32", "fp16", "int8")


def section_of(named: str, settings: EmbedSection) -> EmbedSection:
    """Give the settings of a model named PLACE or PLACE@PRECISION."""
    place, _, precision = named.partition("@")
    if precision and precision not in PRECISIONS:
        raise typer.BadParameter(f"{precision!r} is none of {', '.join(PRECISIONS)}")
    return settings.model_copy(
        update={
            "model": None if place == INSTALLED else Path(place),
            "precision": precision or settings.precision,
            "prompt": None,
            "dimensions": 0,
        }
    )


async def papers(count: int, state: Path | None) -> list[str]:
    """Give the texts of so many papers, the first that ``unique`` holds."""
    cluster = enter(state)
    await cluster.require(UNIQUE.name)
    texts: dict[str, None] = {}
    async with aclosing(read(cluster.clients, cluster.full_name(UNIQUE.name))) as batches:
        async for records in batches:
            for record in records:
                try:
                    text = text_of(decode(record.value, Paper))
                except Rejected:
                    continue
                if text:
                    texts[text] = None
            if len(texts) >= count:
                break
    return list(texts)[:count]


def show(found: Comparison) -> None:
    """Show how far two models agree, and what follows."""
    out.print(table("", "first", "second", rows=_rows(found)))
    out.print()
    cosines = (
        "not to be told: they have other dimensions"
        if found.mean_cosine is None
        else f"{found.mean_cosine:.4f} in the mean, {found.min_cosine:.4f} at least"
    )
    rows = (
        ("cosine of a text's two vectors", cosines),
        ("overlap@10", f"{found.overlap:.4f}"),
        ("texts", f"{found.texts:,}"),
    )
    out.print(table(name(""), "", rows=rows))
    verdict = (
        "They are one model: its vectors may stand on one topic."
        if found.is_same
        else "They are two models: never mix their vectors. Give the second a label of its own."
    )
    out.print(f"\n{verdict}", style="green" if found.is_same else "bold")


def _rows(found: Comparison) -> Iterator[tuple[object, ...]]:
    left, right = found.left, found.right
    for field in ("model", "revision", "precision", "dimensions"):
        yield field, getattr(left, field), getattr(right, field)
