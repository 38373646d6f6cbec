"""Ten times as many papers as the stack can take, for a while, and then none.

``python -m bench.soak overload`` first floods a stack of its own to see what it can take. Then it
feeds ten times that, or as much as the feeders can, and looks once a second at how the lag grows
and drains, and at the memory meanwhile.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import chart
from bench.soak.figures import MIB, lags, thinned
from bench.soak.house import House, answer, house
from bench.soak.report import show_audit, show_memory_most, show_overload
from bench.soak.samples import STAGES, Sample, Watch

PAPERS_A_PAGE = 50
FACTOR = 10


@dataclass(frozen=True, slots=True)
class Overloaded:
    """What was seen of an overload.

    Args:
        capacity: papers a second from the first page fed until all were through, in a flood.
        samples: from the start of the overload until all was through.
        fed: what each feeder told.
        fed_until: seconds after the first sample when the last feeder ended.
        ledger: of flood and overload together.
        flooded: papers of the flood.
    """

    capacity: float
    samples: Sequence[Sample]
    fed: Sequence[dict[str, Any]]
    fed_until: float
    ledger: dict[str, Any]
    flooded: dict[str, Any]


def measure(*, flood: int, seconds: float, feeders: int, capacity: int, words: int) -> Overloaded:
    """Flood a stack, overload it, and wait until it is through."""
    with house(capacity=capacity) as running:
        begun = time.monotonic()
        flooded = json.loads(
            answer(_feeding(running, words, "0", "--flood", "--papers", str(flood)))
        )
        answer(running.draining())
        able = flood / (time.monotonic() - begun)
        print(f"It takes {able:,.0f} papers a second.", flush=True)
        watch = Watch(running)
        each = (
            "--rate",
            str(FACTOR * able / feeders),
            "--burst-factor",
            "1",
            "--for",
            str(seconds),
        )
        feeding = [_feeding(running, words, str(n), *each) for n in range(1, feeders + 1)]
        watch.until(lambda: all(feeder.poll() is not None for feeder in feeding))
        fed_until = watch.now
        fed = [json.loads(answer(feeder)) for feeder in feeding]
        draining = running.draining()
        watch.while_runs(draining)
        answer(draining)
        watch.look()
        return Overloaded(able, watch.samples, fed, fed_until, running.audit(), flooded)


def _feeding(running: House, words: int, seed: str, *more: str) -> subprocess.Popen[str]:
    page = ("--papers-a-page", str(PAPERS_A_PAGE), "--words", str(words))
    return running.begun("load", "--json", "--seed", seed, *page, *more)


def show(found: Overloaded) -> bool:
    """Print the figures, and tell whether nothing is lost and nothing is double."""
    show_overload(found.capacity, found.samples, found.fed, found.fed_until)
    show_memory_most(found.samples)
    every = (found.flooded, *found.fed)
    return show_audit(found.ledger, {kind: sum(each[kind] for each in every) for kind in KINDS})


KINDS = ("pages", "papers", "distinct", "exact", "near", "revised")


def draw(found: Overloaded, folder: Path) -> None:
    """Write two charts over the time: lag and memory."""
    lag = {
        stage: thinned(lags(found.samples, stage, papers_a_page=PAPERS_A_PAGE)) for stage in STAGES
    }
    title = f"Papers that wait for each stage; fed until {found.fed_until:.0f} s"
    (folder / "overload-lag.svg").write_text(chart.curves(title, "seconds", "papers", lag))
    memory = {
        name: thinned([(each.at, each.memory[name] / MIB) for each in found.samples])
        for name in found.samples[0].memory
    }
    title = "Memory of each process in the same time"
    (folder / "overload-memory.svg").write_text(
        chart.curves(title, "seconds", "MiB resident", memory)
    )
