"""Memory, lag and latency while many papers come in bursts, somewhat below what the stack can take.

``python -m bench.soak steady`` starts a stack of its own, feeds it with ``headrace load``, looks at
it once a second and has ``headrace audit`` compare what went in with what came out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import chart
from bench.soak.figures import MIB, latencies, thinned
from bench.soak.house import answer, house
from bench.soak.report import show_audit, show_fed, show_index, show_latency, show_memory
from bench.soak.samples import Sample, Watch

PAPERS_A_PAGE = 20
CAPACITY_SHARE = 1.1
"""Of the papers: what the index is laid out for, new wordings of old papers included."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen of a soak, and what `load`, `index stats` and `audit` told."""

    samples: Sequence[Sample]
    fed: dict[str, Any]
    index: dict[str, Any]
    ledger: dict[str, Any]


def measure(*, papers: int, rate: float, factor: float, words: int) -> Soaked:
    """Feed so many papers at a mean rate with bursts, and wait until they are through."""
    with house(capacity=max(10_000, int(CAPACITY_SHARE * papers))) as running:
        watch = Watch(running)
        feeding = running.begun(
            *("load", "--json", "--seed", "1", "--papers", str(papers), "--rate", str(rate)),
            *("--burst-factor", str(factor), "--burst-every", "60", "--burst-seconds", "10"),
            *("--papers-a-page", str(PAPERS_A_PAGE), "--words", str(words)),
        )
        watch.while_runs(feeding)
        fed = json.loads(answer(feeding))
        draining = running.draining()
        watch.while_runs(draining)
        answer(draining)
        watch.look()
        return Soaked(watch.samples, fed, running.index(), running.audit())


def show(soaked: Soaked) -> bool:
    """Print the figures, and tell whether nothing is lost and nothing is double."""
    show_fed(soaked.fed, soaked.samples)
    show_memory(soaked.samples)
    show_index(soaked.index)
    show_latency(soaked.samples)
    return show_audit(soaked.ledger, soaked.fed)


def draw(soaked: Soaked, folder: Path) -> None:
    """Write two charts: memory over the papers, latency over the time."""
    samples = soaked.samples
    memory = {
        name: thinned([(each.papers, each.memory[name] / MIB) for each in samples])
        for name in samples[0].memory
    }
    title = "Memory of each process while papers come in bursts"
    (folder / "soak-memory.svg").write_text(
        chart.curves(title, "papers through dedupe", "MiB resident", memory)
    )
    found = {f"p{share:.0%}"[:-1]: thinned(latencies(samples, share)) for share in (0.5, 0.99)}
    (folder / "soak-latency.svg").write_text(
        chart.curves("From the page's arrival to its enriched papers", "seconds", "seconds", found)
    )
