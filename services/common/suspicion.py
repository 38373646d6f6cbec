"""Which records a death may be the fault of: kept with the committed offset, as its metadata."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MOST_ALONE = 3
"""A record that ended the process so often while nothing else was handled is given up."""

_FORM = re.compile(r"until=(\d{1,18});alone=(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Records below ``until`` were in a batch during which the process died.

    They are handled one at a time. ``alone`` counts how often the first of them was begun so.
    """

    until: int = 0
    alone: int = 0

    def __str__(self) -> str:
        """Give the metadata of the committed offset."""
        return f"until={self.until};alone={self.alone}" if self.until else ""

    @property
    def proven(self) -> bool:
        """Whether the first record has had its chances."""
        return self.alone >= MOST_ALONE

    def covers(self, offset: int) -> bool:
        """Tell whether the record at this offset is under suspicion."""
        return offset < self.until

    def once_more(self) -> Suspicion:
        """Give what is noted before the first record is begun alone."""
        return replace(self, alone=self.alone + 1)

    def after(self, position: int) -> Suspicion:
        """Give what is left of it when all below ``position`` came out well."""
        return Suspicion(until=self.until) if self.covers(position) else Suspicion()


def read_suspicion(metadata: str) -> Suspicion:
    """Read the metadata of a committed offset; that of somebody else says nothing."""
    found = _FORM.fullmatch(metadata)
    return Suspicion(int(found[1]), int(found[2])) if found else Suspicion()
