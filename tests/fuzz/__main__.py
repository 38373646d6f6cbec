"""Fuzz every layout with libFuzzer: ``python -m tests.fuzz --runs 1000000``.

Each layout, and all of them together, has a process of its own. It begins with the layout's pages
in ``tests/pages`` and is guided by the branches of ``services.ingest`` that it reaches. An input on
which a check fails, which takes longer than two seconds, or for which memory passes the bound, ends
the process and is kept.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.ingest.layouts.table import LAYOUTS
from tests.fuzz import corpus
from tests.fuzz.target import ALL

TIMEOUT_SECONDS = 2
MEMORY_MIB = 1024
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Fuzzed:
    """What came of one target: libFuzzer's final figures, and the end of its log if it failed."""

    name: str
    runs: int
    seconds: float
    peak_mib: int
    slowest_seconds: int
    failure: str


def main() -> int:
    """Fuzz, show a table, and give 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000, help="pages in all")
    parser.add_argument("--processes", type=int, default=2, help="at the same time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", action="append", help="fuzz these alone")
    given = parser.parse_args()
    names = given.layout or [*(layout.name for layout in LAYOUTS), ALL]
    folder = Path(tempfile.mkdtemp(prefix="headrace-fuzz-"))
    started = time.monotonic()
    with ThreadPoolExecutor(given.processes) as threads, Progress() as progress:
        bar = progress.add_task("Fuzzing", total=len(names))
        found: list[Fuzzed] = []
        each = -(-given.runs // len(names))
        for one in threads.map(lambda name: _fuzz(name, each, given.seed, folder), names):
            found.append(one)
            progress.advance(bar)
    _show(found, time.monotonic() - started)
    print(f"inputs that failed, and the corpus, are in {folder}")
    return int(any(one.failure for one in found))


def _fuzz(name: str, runs: int, seed: int, folder: Path) -> Fuzzed:
    seeds, kept = folder / f"{name}-seeds", folder / f"{name}-corpus"
    for directory in (seeds, kept):
        directory.mkdir()
    for number, body in enumerate(corpus.pages(None if name == ALL else name).values()):
        (seeds / str(number)).write_bytes(body)
    words = folder / f"{name}.dict"
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in corpus.TOKENS))
    arguments = [
        f"-runs={runs}",
        f"-seed={seed}",
        f"-timeout={TIMEOUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-max_len={MOST_BYTES}",
        f"-dict={words}",
        f"-artifact_prefix={folder}/{name}-",
        "-print_final_stats=1",
        str(kept),
        str(seeds),
    ]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", name, *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    figures = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
    return Fuzzed(
        name,
        int(figures.get("number_of_executed_units", 0)),
        time.monotonic() - started,
        int(figures.get("peak_rss_mb", 0)),
        int(figures.get("slowest_unit_time_sec", 0)),
        "" if done.returncode == 0 else done.stderr[-3_000:],
    )


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{code:02X}" for code in token)


def _show(found: Sequence[Fuzzed], seconds: float) -> None:
    console = Console()
    table = Table(box=None, header_style="bold")
    table.add_column("layout", no_wrap=True)
    for heading in ("pages", "seconds", "pages/s", "peak MiB", "slowest s"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for row in _rows(found):
        table.add_row(*row)
    console.print(table)
    total = sum(one.runs for one in found)
    failed = sum(bool(one.failure) for one in found)
    peak = max(one.peak_mib for one in found)
    console.print(f"{total:,} pages in {seconds:.0f} s, peak {peak} MiB, {failed} targets failed")
    for one in found:
        if one.failure:
            console.rule(one.name)
            console.print(one.failure, markup=False, highlight=False)


def _rows(found: Sequence[Fuzzed]) -> Iterator[tuple[str, ...]]:
    for one in found:
        yield (
            one.name,
            f"{one.runs:,}",
            f"{one.seconds:.0f}",
            f"{one.runs / one.seconds:,.0f}",
            str(one.peak_mib),
            str(one.slowest_seconds),
            "FAILED" if one.failure else "ok",
        )


if __name__ == "__main__":
    sys.exit(main())
