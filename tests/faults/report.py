"""What came of a campaign, as tables in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tests.faults import supervisor
from tests.faults.schedule import NETWORK_FAILS, WORKER_STRUCK, Fault, Plan
from tests.faults.strikes import Struck
from tests.faults.supervisor import End
from tests.faults.traffic import Judgement

TOLD = (
    "index_caught_up",
    supervisor.CAUGHT_UP_RECORDS,
    "lane_stale",
    "lane_opened",
    "record_crashed",
    "unexpected_error",
    "Traceback",
)
"""Events of the workers that tell what the faults met."""

SHOWN_FINDINGS = 30


@dataclass(frozen=True)
class Measured:
    """A fault that was done, and the seconds until its stage had recovered; None: not waited."""

    fault: Fault
    struck: Struck
    seconds: float | None

    @property
    def name(self) -> str:
        fault = self.fault
        if fault.kind in WORKER_STRUCK:
            return f"{fault.kind.value}: {fault.stage}"
        if fault.kind in NETWORK_FAILS:
            return f"{fault.kind.value}: {fault.stage} to {fault.server}"
        return fault.kind.value

    def __str__(self) -> str:
        recovered = "" if self.seconds is None else f", recovered in {self.seconds:.2f} s"
        note = f" ({self.struck.note})" if self.struck.note else ""
        return f"{self.name}{note}{recovered}"


@dataclass(frozen=True)
class Report:
    """All that is to be told of a campaign; without ``findings`` it has passed."""

    plan: Plan
    seed: int
    seconds: float
    judgement: Judgement
    measured: Sequence[Measured]
    ends: Sequence[End]
    events: Mapping[str, int]
    findings: Sequence[str]

    def __str__(self) -> str:
        parts = [
            self._counts(),
            _table(("fault", "struck", "measured", "p50 s", "p99 s"), self._recoveries()),
            _table(("service", "status", "reason", "ends"), self._ends()),
            _table(("event", "times"), [(each, self.events.get(each, 0)) for each in TOLD]),
            self._verdict(),
        ]
        return "\n\n".join(parts)

    def _counts(self) -> str:
        services = " and of ".join(self.plan.services)
        return (
            f"seed {self.seed}: {self.seconds:.0f} s, {len(self.measured)} faults, "
            f"{self.plan.workers} workers of {services}, {self.plan.partitions} partitions; "
            f"{self.judgement.told}"
        )

    def _recoveries(self) -> list[Sequence[object]]:
        rows: list[Sequence[object]] = []
        for name in sorted({each.name for each in self.measured}):
            struck = [each for each in self.measured if each.name == name]
            seconds = [each.seconds for each in struck if each.seconds is not None]
            rows.append((name, len(struck), len(seconds), *_percentiles(seconds)))
        return rows

    def _ends(self) -> list[Sequence[object]]:
        counted = Counter((end.stage, end.status, end.reason) for end in self.ends)
        return [(*what, times) for what, times in sorted(counted.items())]

    def _verdict(self) -> str:
        if not self.findings:
            return self.judgement.promise
        more = len(self.findings) - SHOWN_FINDINGS
        shown = [f"- {each}" for each in self.findings[:SHOWN_FINDINGS]]
        return "\n".join(["OFF:", *shown, *([f"and {more} more"] if more > 0 else [])])


def _percentiles(seconds: Sequence[float]) -> tuple[str, str]:
    if not seconds:
        return "", ""
    p50, p99 = np.percentile(seconds, (50, 99))
    return f"{p50:.1f}", f"{p99:.1f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
