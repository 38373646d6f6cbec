"""A bound on the texts a second, so that a backfill leaves room for what is new."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Throttle:
    """Lets texts through at a rate, whoever brings them.

    Args:
        rate: texts a second; 0 for no bound.
        now: gives the time in seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        rate: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._free_at = 0.0

    async def through(self, texts: int) -> None:
        """Wait until all texts before these have had their time."""
        if not self._rate:
            return
        now = self._now()
        begins = max(now, self._free_at)
        self._free_at = begins + texts / self._rate
        await self._sleep(begins - now)
