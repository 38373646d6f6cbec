"""What one search is told: what flows, what goes wrong, what is removed, what must come of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property

from tests.model.mechanisms import Mechanisms
from tests.model.world import Faults

DOUBLE, LOST, INDEX, ASTRAY, STUCK = "double", "lost", "index", "astray", "stuck"


class Kind(enum.Enum):
    """What a scenario is for."""

    HOLDS = "what is built, and must hold"
    REMOVED = "one mechanism removed"
    LIMIT = "known limits, where what is built does not hold"


Papers = tuple[tuple[int, ...], ...]
"""Wordings by lane and offset."""

Pairs = tuple[tuple[int, int], ...]
"""Wordings that are alike."""


@dataclass(frozen=True)
class Scenario:
    """One search; ``breaks`` is None where everything must hold."""

    name: str
    papers: Papers
    faults: Faults
    breaks: str | None = None
    mechanisms: Mechanisms = field(default_factory=Mechanisms)
    without: str = ""  # the mechanism that is removed
    cold: bool = False  # lanes are yet to be opened, and the index to be caught up
    handled: int = 1  # records in a batch
    written: int = 1  # records of a batch in one transaction
    spread: tuple[int, ...] = (0, 0)  # partition of unique by wording
    alike: Pairs = ()  # near copies; one of a near copy need not be one of its paper
    slow_markers: bool = False  # commits reach the partitions of unique one by one
    notes_progress: bool = False  # catch-up writes the checkpoint as it goes
    slow_lineage: bool = False  # a lineage does not show at once in Kafka
    rewinds_untold: bool = False  # also before the index has heard of the last commit
    rewinds_anew: bool = False  # and then the operator drops the mark and the lineage
    slow: bool = False

    @property
    def kind(self) -> Kind:
        if self.without:
            return Kind.REMOVED
        return Kind.HOLDS if self.breaks is None else Kind.LIMIT

    @cached_property
    def nothing_read(self) -> tuple[int, ...]:
        """Offset 0 for each partition of ``unique``."""
        return (0,) * (1 + max(self.spread))

    @cached_property
    def compares_offsets(self) -> bool:
        """Where nobody is rewound or frozen, it would make no difference."""
        return self.mechanisms.rewound_waits and bool(self.faults.rewinds or self.faults.zombies)

    @cached_property
    def ends(self) -> tuple[int, ...]:
        return tuple(map(len, self.papers))

    def alike_to(self, wording: int) -> tuple[int, ...]:
        """Give the wordings that are near copies of one."""
        return tuple(sum(pair) - wording for pair in self.alike if wording in pair)

    @cached_property
    def wordings(self) -> frozenset[int]:
        return frozenset(wording for lane in self.papers for wording in lane)
