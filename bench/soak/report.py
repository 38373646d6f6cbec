"""What a soak printed: tables of what was fed, of memory, of latency, and the audit's verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from bench.soak.figures import MIB, latencies, rate, slope
from bench.soak.samples import STAGES, Sample, latency

console = Console(width=120)


def show_fed(fed: Mapping[str, Any], samples: Sequence[Sample]) -> None:
    """Print what was fed, how fast, and how far behind each stage was."""
    console.print(
        f"{fed['papers']:,} papers on {fed['pages']:,} pages, {fed['bytes'] / 1e6:,.0f} MB, in "
        f"{fed['seconds']:,.0f} s: {fed['papers_per_second']:,.0f} papers/s of "
        f"{fed['wanted_per_second']:,g} wanted, {fed['most_behind_seconds']:.1f} s behind at most. "
        f"Load of the machine at the end {psutil.getloadavg()[2]:.0f}."
    )
    table = Table("lag, offsets", "median", "most", "at the end")
    for stage in STAGES:
        found = [each.lag[stage] for each in samples]
        table.add_row(stage, f"{median(found):,.0f}", f"{max(found):,.0f}", f"{found[-1]:,.0f}")
    console.print(table)


def show_memory(samples: Sequence[Sample]) -> None:
    """Print the slope of each process's memory, after a warm-up."""
    table = Table(
        "memory, MiB", "slope a 100,000 papers", "first tenth", "last tenth", "most", "restarts"
    )
    for name in samples[0].memory:
        found = slope(samples, name)
        figures = (found.first, found.last, found.most)
        table.add_row(
            name,
            f"{found.bytes / MIB:+.2f}",
            *(f"{each / MIB:,.1f}" for each in figures),
            str(samples[-1].restarts.get(name, "")),
        )
    console.print(table)


def show_index(stats: Mapping[str, Any]) -> None:
    """Print how the index grew, as it must: it keeps what it has seen."""
    memory, counts = stats["memory"], stats["counts"]
    each = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    console.print(
        f"The index holds {each} in {memory['server_bytes'] / MIB:,.0f} MiB of its server, "
        f"{memory['wording_bytes']:,.0f} bytes a wording; it grows by design, with what is new."
    )


def show_latency(samples: Sequence[Sample]) -> None:
    """Print end-to-end seconds by quarters of the time in which papers were enriched."""
    busy = [each for each in samples if each.enriched < samples[-1].enriched] or samples
    edges = [busy[round(part * (len(busy) - 1) / 4)] for part in range(5)]
    table = Table("end to end, s", "p50", "p99", "worst 10 s p99", "papers/s")
    for part, (before, after) in enumerate(pairwise(edges), start=1):
        inside = [each for each in busy if before.at <= each.at <= after.at]
        worst = max((value for _, value in latencies(inside, 0.99)), default=0.0)
        quantiles = (latency(before, after, share) or 0.0 for share in (0.5, 0.99))
        table.add_row(
            f"quarter {part}",
            *(f"{q:.2f}" for q in quantiles),
            f"{worst:.2f}",
            f"{rate(inside):,.0f}",
        )
    console.print(table)


def show_overload(
    capacity: float, samples: Sequence[Sample], fed: Sequence[Mapping[str, Any]], until: float
) -> None:
    """Print how much too much it was, and how the lag went."""
    papers, seconds = sum(each["papers"] for each in fed), max(each["seconds"] for each in fed)
    console.print(
        f"A flood comes through at {capacity:,.0f} papers/s. Then {papers:,} papers in "
        f"{seconds:,.0f} s, {papers / seconds:,.0f} papers/s: {papers / seconds / capacity:.1f} "
        f"times as many. Through {samples[-1].at - until:,.0f} s after the last one was fed. Load "
        f"of the machine at the end {psutil.getloadavg()[2]:.0f}."
    )
    table = Table("lag, offsets", "most", "at second", "0 again at second")
    for stage in STAGES:
        most = max(samples, key=lambda each, stage=stage: each.lag[stage])  # type: ignore[misc]
        idle = next((s.at for s in samples if s.at > most.at and not s.lag[stage]), None)
        table.add_row(
            stage,
            f"{most.lag[stage]:,}",
            f"{most.at:.0f}",
            "not seen" if idle is None else f"{idle:.0f}",
        )
    console.print(table)


def show_memory_most(samples: Sequence[Sample]) -> None:
    """Print what each process had before, at most, and after."""
    table = Table("memory, MiB", "before", "most", "after", "restarts")
    for name in samples[0].memory:
        found = [each.memory[name] / MIB for each in samples]
        figures = (f"{each:,.1f}" for each in (found[0], max(found), found[-1]))
        table.add_row(name, *figures, str(samples[-1].restarts.get(name, "")))
    console.print(table)


def show_audit(ledger: Mapping[str, Any], fed: Mapping[str, Any]) -> bool:
    """Print what the audit found, and whether it is what was fed; tell whether all is well."""
    records, verdicts = ledger["records"], ledger["verdicts"]
    kinds = ", ".join(f"{count:,} {name}" for name, count in sorted(verdicts.items()))
    console.print(
        f"Fed: {fed['papers']:,} papers, {fed['distinct']:,} distinct, {fed['exact']:,} exact, "
        f"{fed['near']:,} near, {fed['revised']:,} revised.\n"
        f"Found: {records['sightings']:,} sightings ({kinds}), {records['unique']:,} on unique, "
        f"{records['enriched']:,} on enriched, {records['dead-letter']:,} dead letters."
    )
    well = bool(
        ledger["agrees"]
        and records["sightings"] == fed["papers"]
        and verdicts.get("new", 0) == fed["distinct"]
        and not records["dead-letter"]
    )
    console.print("Nothing is lost, nothing is double." if well else "It does NOT agree.")
    return well
