"""What flows through the services in a campaign, and how it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Judgement:
    """What came of all that was fed.

    Args:
        records: how many were fed.
        told: what was counted, for people.
        promise: what holds where there are no findings.
        findings: everything that is lost, double, or not as it should be.
    """

    records: int
    told: str
    promise: str
    findings: Sequence[str]


class Traffic(Protocol):
    """Flows at a rate until ``enough`` is set, and no less than was planned."""

    enough: bool

    async def run(self) -> None: ...

    async def drained(self, timeout: float) -> str:
        """Wait until all is through; give what is left after so many seconds, or nothing."""
        ...

    async def judged(self) -> Judgement:
        """Read all that came out; the services have ended."""
        ...
