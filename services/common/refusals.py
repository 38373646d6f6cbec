"""Stops a service that refuses most of what it reads: after a bad deployment, say."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog

from services.common.errors import Retryable
from services.common.outcomes import Outcome

log = structlog.get_logger()

TOO_MANY = "too_many_dead_letters"
WINDOW_SECONDS = 60.0
SHARE = 0.5


class Refusals:
    """How many records were refused in the last minute; once they are too many, nothing goes on.

    Too many are more than ``most`` that are at least half of all: what was refused would be dead
    letters by the million before anybody looks. A restart goes on.

    Args:
        most: records refused in a minute; 0 for no bound.
        now: gives the time in seconds.
    """

    def __init__(self, most: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._window: deque[tuple[float, int, int]] = deque()
        self._stopped = False

    def check(self) -> None:
        """Let a lane go on.

        Raises:
            Retryable: it was stopped.
        """
        if self._stopped:
            raise Retryable(
                TOO_MANY,
                f"more than {self._most} records were refused within a minute, most of all: "
                "`headrace dead-letters list` tells why; a restart goes on",
            )

    def admit(self, outcomes: Sequence[Outcome]) -> None:
        """Take note of outcomes before they are written.

        Raises:
            Retryable: with these they are too many, and nothing of it is written.
        """
        if not self._most:
            return
        now, refused = self._now(), sum(bool(outcome.rejected) for outcome in outcomes)
        self._window.append((now, len(outcomes), refused))
        while self._window[0][0] < now - WINDOW_SECONDS:
            self._window.popleft()
        records = sum(each for _, each, _ in self._window)
        refusals = sum(each for _, _, each in self._window)
        if refusals > self._most and refusals >= SHARE * records:
            self._stopped = True
            log.error("too_many_dead_letters", refused=refusals, records=records)
        self.check()
