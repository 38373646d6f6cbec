"""How fast papers are wanted: a rate with bursts, as a function of time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate in periods, each calm at first and a burst at its end.

    Args:
        rate: papers a second, over a whole period.
        factor: how many times faster a burst is than the calm before it.
        every: seconds of a period.
        lasts: seconds of its burst.
    """

    rate: float
    factor: float = 1.0
    every: float = 60.0
    lasts: float = 5.0

    def fault(self) -> str | None:
        """Say what is wrong with it; None where it can be kept."""
        if self.lasts >= self.every:
            return (
                f"a burst of {self.lasts:g} s does not fit into a period of {self.every:g} s: "
                "make --burst-every longer or --burst-seconds shorter"
            )
        return None

    def due(self, seconds: float) -> float:
        """Give how many papers are wanted within so many seconds."""
        periods, rest = divmod(seconds, self.every)
        slow = self._calm * min(rest, self._quiet)
        fast = self._calm * self.factor * max(0.0, rest - self._quiet)
        return periods * self.rate * self.every + slow + fast

    def seconds(self, papers: float) -> float:
        """Give after how many seconds so many papers are wanted: the inverse of ``due``."""
        periods, rest = divmod(papers, self.rate * self.every)
        slow = min(rest, self._calm * self._quiet)
        return periods * self.every + slow / self._calm + (rest - slow) / (self._calm * self.factor)

    @property
    def _quiet(self) -> float:
        return self.every - self.lasts

    @property
    def _calm(self) -> float:
        """Papers a second between bursts."""
        return self.rate * self.every / (self._quiet + self.factor * self.lasts)
