"""Pages sent at the pace that is wanted, or behind it, and an account of what was sent."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from services.cli.load_flow import Kind, LoadPage
from services.cli.load_pace import Pace
from services.common.deadline import within
from services.common.errors import Fatal

AT_ONCE = 256
"""Pages on their way at the same time."""

BREATH_SECONDS = 0.02
"""What is due sooner is sent now: to sleep for less costs more than it brings."""

Put = Callable[[LoadPage], Awaitable[Awaitable[Any]]]
"""Sends a page, and gives what ends when it has arrived."""

Told = Callable[[int, float], None]
"""Called with the papers that were fed, and the seconds since the start."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What was fed.

    ``behind_seconds`` is how late the last page was for the pace, ``most_behind_seconds`` how late
    the latest; both are 0 where no rate was wanted.
    """

    pages: int
    papers: int
    distinct: int
    exact: int
    near: int
    revised: int
    bytes: int
    seconds: float
    papers_per_second: float
    wanted_per_second: float | None
    behind_seconds: float
    most_behind_seconds: float


@dataclass(frozen=True, slots=True)
class Limit:
    """When it is enough: the first of the two."""

    papers: float = math.inf
    seconds: float = math.inf


async def feed(
    pages: Iterable[LoadPage],
    pace: Pace | None,
    put: Put,
    *,
    limit: Limit,
    told: Told = lambda _papers, _seconds: None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Fed:
    """Send pages until it is enough and all have arrived; without a pace as fast as they go.

    Raises:
        Fatal: a page did not arrive; says how many did.
    """
    account = _Account(pace)
    window: deque[Awaitable[Any]] = deque()
    started = now()
    try:
        for page in pages:
            if (
                pace
                and (early := pace.seconds(account.papers) - (now() - started)) > BREATH_SECONDS
            ):
                await sleep(early)
            elapsed = now() - started
            if account.papers >= limit.papers or elapsed >= limit.seconds:
                break
            window.append(await within(put(page), "sending a page"))
            account.add(page, elapsed)
            told(account.papers, elapsed)
            while len(window) >= AT_ONCE:
                await _arrival(window)
        while window:
            await _arrival(window)
    except Fatal as error:
        arrived = account.pages - len(window)
        raise Fatal(f"{error}; {arrived:,} pages arrived, more may have", error.status) from error
    return account.closed(now() - started)


async def _arrival(window: deque[Awaitable[Any]]) -> None:
    await within(window[0], "sending a page")
    window.popleft()


class _Account:
    """Counts what is sent."""

    def __init__(self, pace: Pace | None) -> None:
        self.pages = self.papers = 0
        self._pace = pace
        self._kinds: Counter[Kind] = Counter()
        self._bytes = 0
        self._behind = self._most_behind = 0.0

    def add(self, page: LoadPage, elapsed: float) -> None:
        if self._pace is not None:
            self._behind = max(0.0, elapsed - self._pace.seconds(self.papers))
            self._most_behind = max(self._most_behind, self._behind)
        self.pages += 1
        self.papers += len(page.kinds)
        self._kinds.update(page.kinds)
        self._bytes += len(page.body)

    def closed(self, seconds: float) -> Fed:
        return Fed(
            pages=self.pages,
            papers=self.papers,
            distinct=self._kinds["distinct"],
            exact=self._kinds["exact"],
            near=self._kinds["near"],
            revised=self._kinds["revised"],
            bytes=self._bytes,
            seconds=seconds,
            papers_per_second=self.papers / max(seconds, 1e-3),
            wanted_per_second=None if self._pace is None else self._pace.rate,
            behind_seconds=self._behind,
            most_behind_seconds=self._most_behind,
        )
