"""Handling side by side, or alone in the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Many may be ``together``; whoever is ``alone`` is so, and does not wait behind newcomers."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._together = 0
        self._alone = 0
        self._someone_alone = False

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Take part beside others, when nobody is or wants to be alone."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._alone == 0)
            self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            await self._tell()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Take part when nobody else does."""
        async with self._changed:
            self._alone += 1
            try:
                await self._changed.wait_for(
                    lambda: self._together == 0 and not self._someone_alone
                )
            except BaseException:
                self._alone -= 1
                self._changed.notify_all()
                raise
            self._someone_alone = True
        try:
            yield
        finally:
            self._alone -= 1
            self._someone_alone = False
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
