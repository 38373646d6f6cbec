"""What the sightings tell of the stream: pure counts, and the share that is still to come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from services.common.records import Sighting
from services.dedupe.emitting import EMITTING


@dataclass(slots=True)
class Source:
    """What pages of one source listed; copies are what was on ``unique`` before."""

    sightings: int = 0
    copies: int = 0

    @property
    def copy_share(self) -> float:
        return self.copies / self.sightings


@dataclass(slots=True)
class Tally:
    """Counts over sightings, added one by one; about 100 bytes of memory a paper."""

    sightings: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    sources: dict[str, Source] = field(default_factory=dict)
    _seen: Counter[bytes] = field(default_factory=Counter)

    def add(self, sighting: Sighting) -> None:
        self.sightings += 1
        self.verdicts[sighting.verdict.value] += 1
        source = self.sources.setdefault(sighting.page.source, Source())
        source.sightings += 1
        source.copies += sighting.verdict not in EMITTING
        self._seen[bytes.fromhex(sighting.paper_id)] += 1

    @property
    def papers(self) -> int:
        return len(self._seen)

    @property
    def singletons(self) -> int:
        """Papers that were sighted once."""
        return sum(times == 1 for times in self._seen.values())

    @property
    def unseen_share(self) -> float | None:
        """The chance that the next sighting is of a paper not seen yet, after Good and Turing.

        Good, "The population frequencies of species and the estimation of population parameters",
        Biometrika 40, 1953: singletons by observations. None without any.
        """
        return self.singletons / self.sightings if self.sightings else None
