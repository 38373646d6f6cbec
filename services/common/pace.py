"""How many records a lane takes at once."""

from __future__ import annotations

FIRST_RECORDS = 64
GROWTH = 4


class Pace:
    """Aims at so much handling time a batch: what a death undoes is done again soon.

    Args:
        most: records in one batch.
        seconds: of handling that a batch aims at.
    """

    def __init__(self, *, most: int, seconds: float) -> None:
        self.records = min(FIRST_RECORDS, most)
        self._most = most
        self._seconds = seconds

    def measured(self, handled: int, seconds: float) -> None:
        """Take note of how long so many records took."""
        if handled:
            aim = int(handled * self._seconds / max(seconds, 1e-6))
            most = min(self._most, GROWTH * max(handled, self.records))
            self.records = max(1, min(aim, most))
