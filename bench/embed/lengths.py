"""What is lost where texts are cut at 256, 384 or 512 tokens, and what it costs not to."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.embed.abstracts import abstracts, wordpieces
from bench.embed.contestants import ours
from services.embed.parity import NEIGHBOURS, overlap

LIMITS = (128, 256, 384, 512)

Vectors = np.ndarray[Any, np.dtype[np.float64]]


def show(*, texts: int, rounds: int = 3, seed: int = 11) -> None:
    """Print, for each limit, how like the vectors are to those of the whole texts."""
    made = abstracts(texts, seed=seed)
    content = [each.text for each in made]
    queries = ([each.first for each in made], [each.last for each in made])
    lengths = np.array([*map(wordpieces(), content)])
    encoders = {limit: ours("fp32", limit) for limit in LIMITS}
    vectors: dict[int, Vectors] = {}
    seconds: dict[int, list[float]] = {limit: [] for limit in LIMITS}
    for _ in range(rounds):
        for limit, encode in encoders.items():
            started = time.process_time()
            vectors[limit] = encode(content, 2).astype(np.float64)
            seconds[limit].append(time.process_time() - started)
    asked = [encoders[LIMITS[-1]](some, 2).astype(np.float64) for some in queries]
    whole = vectors[LIMITS[-1]]
    table = Table(
        "cut at", "cut texts", "tokens", "CPU ms a text", "cosine, mean", "5 % below", "overlap@10",
        "found by first sentence", "by last",
    )  # fmt: skip
    for limit in LIMITS:
        cosines = (vectors[limit] * whole).sum(axis=1)
        table.add_row(
            str(limit),
            f"{np.mean(lengths > limit):.1%}",
            f"{np.minimum(lengths, limit).mean():.0f}",
            f"{statistics.median(seconds[limit]) / texts * 1000:.1f}",
            f"{cosines.mean():.4f}",
            f"{np.quantile(cosines, 0.05):.4f}",
            f"{overlap(vectors[limit], whole):.3f}",
            *(f"{_found(some, vectors[limit]):.1%}" for some in asked),
        )
    Console(width=140).print(table)


def _found(queries: Vectors, vectors: Vectors) -> float:
    """Give the share of queries whose own text is among the ten nearest."""
    likeness = queries @ vectors.T
    own = np.diagonal(likeness)[:, np.newaxis]
    return float(np.mean((likeness > own).sum(axis=1) < NEIGHBOURS))
