"""A bound on the texts a second, so that a backfill leaves room for what is new."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from services.embed.handler import Encoder
from services.embed.vector import Encoded


class ThrottledEncoder:
    """Lets texts through to an encoder at a rate, whichever lane brings them.

    Args:
        encoder: of the texts.
        rate: texts a second.
        now: gives the time in seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        encoder: Encoder,
        rate: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.card = encoder.card
        self._encoder = encoder
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._free_at = 0.0

    async def encode(self, texts: Sequence[str]) -> Sequence[Encoded]:
        """Encode texts once all that came before them have had their time."""
        now = self._now()
        begins = max(now, self._free_at)
        self._free_at = begins + len(texts) / self._rate
        await self._sleep(begins - now)
        return await self._encoder.encode(texts)
