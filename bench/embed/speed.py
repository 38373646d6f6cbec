"""Texts a second on one and two threads, in turns, against sentence-transformers."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.embed.abstracts import abstracts, wordpieces
from bench.embed.contestants import MAX_TOKENS, Encode, contestants
from services.embed.parity import overlap


@dataclass
class Times:
    """Seconds of each round: by the clock, and of the process's CPU."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def show(*, texts: int, rounds: int, seed: int = 7) -> None:
    """Print texts a second, medians of rounds in which all take turns."""
    made = abstracts(texts, seed=seed)
    content = [each.text for each in made]
    lengths = np.array([*map(wordpieces(), content)])
    names = dict(contestants(("fp32", "int8")))
    vectors = {name: encode(content, 2) for name, encode in names.items()}
    times = _measured(names, content, rounds)
    console = Console(width=120)
    console.print(
        f"{texts} texts, {np.minimum(lengths, MAX_TOKENS).mean():.0f} tokens in the mean cut at "
        f"{MAX_TOKENS}, {np.mean(lengths > MAX_TOKENS):.0%} longer; {rounds} rounds"
    )
    table = Table("", "threads", "texts/s", "ratio", "ratio by CPU", "min cosine", "overlap@10")
    exact = vectors["headrace fp32"].astype(np.float64)
    first = next(iter(names))
    for (name, threads), taken in times.items():
        got = vectors[name].astype(np.float64)
        base = times[first, threads]
        table.add_row(
            name,
            str(threads),
            f"{texts / statistics.median(taken.wall):.1f}",
            f"{_ratio(base.wall, taken.wall):.2f}",
            f"{_ratio(base.cpu, taken.cpu):.2f}",
            f"{(got * exact).sum(axis=1).min():.5f}",
            f"{overlap(got, exact):.3f}",
        )
    console.print(table)


def _measured(
    names: dict[str, Encode], content: list[str], rounds: int
) -> dict[tuple[str, int], Times]:
    times = {(name, threads): Times() for threads in (1, 2) for name in names}
    for _ in range(rounds):
        for (name, threads), taken in times.items():
            wall, cpu = time.perf_counter(), time.process_time()
            names[name](content, threads)
            taken.wall.append(time.perf_counter() - wall)
            taken.cpu.append(time.process_time() - cpu)
    return times


def _ratio(base: list[float], ours: list[float]) -> float:
    """Give the median over the rounds: what else the machine does is the same in one round."""
    return statistics.median(theirs / mine for theirs, mine in zip(base, ours, strict=True))
