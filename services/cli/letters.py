"""Dead letters as an operator sees them: what was refused, where, why, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.common.dead_letters import ATTEMPTS, CONNECT, ITEM, REASON, SETTLED
from services.common.outcomes import InputRecord, header


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter; ``record`` is it as it lies on its topic.

    ``topic``, ``partition`` and ``offset`` are where the record was that was refused, ``attempts``
    times by now; ``item`` is the number of a page's item that alone was, from 1.
    """

    record: InputRecord
    stage: str
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    source: str
    attempts: int
    item: int | None

    @property
    def place(self) -> str:
        """Where it is on its own topic."""
        return f"{self.record.partition}/{self.record.offset}"

    @property
    def at(self) -> datetime:
        """When it was written."""
        return datetime.fromtimestamp(self.record.timestamp / 1000, UTC)

    def as_json(self) -> dict[str, Any]:
        """Give it for a program, without its value."""
        return {
            "place": self.place,
            "at": self.at,
            "stage": self.stage,
            "reason": self.reason,
            "detail": self.detail,
            "source": self.source,
            "attempts": self.attempts,
            "item": self.item,
            "refused": {"topic": self.topic, "partition": self.partition, "offset": self.offset},
            "bytes": len(self.record.value or b""),
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters: those of which all that is given is true."""

    reason: str | None = None
    stage: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    places: Sequence[str] = ()

    def has(self, letter: Letter) -> bool:
        return (
            (self.reason is None or letter.reason == self.reason)
            and (self.stage is None or letter.stage == self.stage)
            and (self.source is None or self.source in letter.source)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
            and (not self.places or letter.place in self.places)
        )

    @property
    def is_everything(self) -> bool:
        return self == Selection()


class Letters:
    """The letters of a topic, but for those that were redriven or discarded since."""

    def __init__(self) -> None:
        self._letters: dict[str, Letter] = {}
        self.settled = 0

    def add(self, records: Iterable[InputRecord]) -> None:
        """Take records in, in their order within a partition."""
        for record in records:
            settled = header(record, SETTLED)
            if settled is None:
                found = letter(record)
                self._letters[found.place] = found
            elif self._letters.pop(settled.decode(), None) is not None:
                self.settled += 1

    def chosen(self, selection: Selection) -> list[Letter]:
        """Give the open ones of a selection, the oldest first."""
        found = [each for each in self._letters.values() if selection.has(each)]
        return sorted(found, key=lambda each: (each.record.timestamp, each.record.offset))


def letter(record: InputRecord) -> Letter:
    """Read a dead letter; what a foreign one does not say is empty."""

    def text(name: str) -> str:
        return (header(record, name) or b"").decode(errors="replace")

    def number(name: str) -> int:
        found = text(name)
        return int(found) if found.isdecimal() else 0

    return Letter(
        record=record,
        stage=text(CONNECT + "stage"),
        reason=text(REASON),
        detail=text(CONNECT + "exception.message"),
        topic=text(CONNECT + "topic"),
        partition=number(CONNECT + "partition"),
        offset=number(CONNECT + "offset"),
        source=text("ce_source") or (record.key or b"").decode(errors="replace"),
        attempts=number(ATTEMPTS),
        item=number(ITEM) or None,
    )


def counts(letters: Iterable[Letter]) -> list[tuple[str, str, int]]:
    """Give stage, reason and how many there are, the most frequent first."""
    found = Counter((each.stage, each.reason) for each in letters)
    ranked = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [(stage, reason, count) for (stage, reason), count in ranked]
