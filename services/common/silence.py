"""Whether Kafka answers at all: to a member that only polls, an absent broker is an empty topic."""

from __future__ import annotations

SILENT_SECONDS = 5.0
"""A broker answers a fetch within a fraction of this, with records or without."""


class Silence:
    """How long one partition has been polled without a word from its broker.

    Only polling counts: while a batch is handled, nothing may be fetched for minutes.
    """

    def __init__(self) -> None:
        self._heard: int | None = None
        self._seconds = 0.0

    def polled(self, seconds: float, *, heard: int | None) -> bool:
        """Take note of a poll, and tell whether the silence is too long.

        Args:
            seconds: how long the poll took.
            heard: when the broker last answered a fetch, or None where it never did.
        """
        self._seconds = self._seconds + seconds if heard == self._heard else 0.0
        self._heard = heard
        return self._seconds > SILENT_SECONDS
