"""How many papers a source may give within an hour: a broken crawler cannot flood what follows."""

from __future__ import annotations

from typing import NamedTuple

HOUR_MS = 60 * 60 * 1000
MOST_HOURS = 4_096
"""Hours of sources that are remembered; the one that was used longest ago is forgotten first."""


class Hour(NamedTuple):
    """One hour of one source; ``number`` counts from 1970."""

    source: str
    number: int


class Taken(NamedTuple):
    """A page that was counted, by its offset."""

    offset: int
    hour: Hour
    papers: int


class Quota:
    """Counts the papers of one process by the hours in which their pages reached the topic.

    By the record's time and not by the clock, so that pages that are read again count alike. What a
    batch counted is undone when the batch is handled again.

    Args:
        most: papers of a source within an hour.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._used: dict[Hour, int] = {}
        self._taken: dict[int, list[Taken]] = {}

    def begin(self, partition: int, offset: int) -> None:
        """Go on with a partition's pages from this offset, which may have been counted before."""
        for page in self._taken.pop(partition, ()):
            if page.offset >= offset:
                self._set(page.hour, self._used.get(page.hour, 0) - page.papers)

    def take(
        self, source: str, papers: int, *, partition: int, offset: int, timestamp: int
    ) -> int | None:
        """Count a page whole, if it fits; else count nothing and give what its hour has left.

        Args:
            source: where the page is from.
            papers: how many it lists.
            partition: of the page; ``begin`` was called for it.
            offset: of the page.
            timestamp: of the page, in milliseconds since 1970.
        """
        if papers == 0:
            return None
        hour = Hour(source, timestamp // HOUR_MS)
        used = self._used.get(hour, 0)
        if used + papers > self.most:
            return self.most - used
        self._set(hour, used + papers)
        self._taken.setdefault(partition, []).append(Taken(offset, hour, papers))
        return None

    def _set(self, hour: Hour, papers: int) -> None:
        self._used.pop(hour, None)
        if papers > 0:
            self._used[hour] = papers
        if len(self._used) > MOST_HOURS:
            del self._used[next(iter(self._used))]
