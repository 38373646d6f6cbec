"""The verdict on a campaign: what was listed against what a read_committed reader sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Coordinates = tuple[int, int]
"""Partition and offset in ``papers``."""


@dataclass(frozen=True, order=True)
class Listed:
    """A paper at its place: the page's id, its position there, and its wording id."""

    page_id: str
    position: int
    wording: str

    def __str__(self) -> str:
        return f"{self.wording} at {self.page_id}/{self.position}"


T = TypeVar("T", str, Listed)


@dataclass(frozen=True)
class Evidence:
    """All that was read.

    ``listed`` is what the pages on their topic list, a page that was captured twice twice;
    ``missing_pages`` were fed and are not there. ``papers`` are by their coordinates. ``unique`` is
    wording and owner; ``enriched`` wordings.
    """

    listed: Sequence[Listed]
    missing_pages: Sequence[str]
    papers: Mapping[Coordinates, Listed]
    unique: Sequence[tuple[str, Coordinates | None]]
    sightings: Sequence[Listed]
    enriched: Sequence[str]
    dead_letters: Sequence[str]


def findings(evidence: Evidence) -> list[str]:
    """Give everything that is lost, double, or not as it should be; nothing where all is well."""
    listed = Counter(evidence.listed)
    wordings = dict.fromkeys((one.wording for one in evidence.listed), 1)
    return [
        *(f"pages: {page} was fed and is not there" for page in evidence.missing_pages),
        *_compared("papers", listed, Counter(evidence.papers.values())),
        *_compared("sightings", listed, Counter(evidence.sightings)),
        *_compared("unique", Counter(wordings), Counter(w for w, _ in evidence.unique)),
        *_compared("enriched", Counter(wordings), Counter(evidence.enriched)),
        *_misowned(evidence),
        *(f"dead-letter: {letter}" for letter in evidence.dead_letters),
    ]


def _compared(topic: str, expected: Counter[T], found: Counter[T]) -> Iterator[str]:
    for what, times in sorted((expected - found).items()):
        yield f"{topic}: {what} is lost, {times} of {expected[what]}"
    for what, times in sorted((found - expected).items()):
        yield f"{topic}: {what} is there {times} times too often, {found[what]} in all"


def _misowned(evidence: Evidence) -> Iterator[str]:
    for wording, owner in evidence.unique:
        owned = evidence.papers.get(owner) if owner is not None else None
        if owned is None or owned.wording != wording:
            yield f"unique: {wording} names {owner} as its owner, where there is {owned}"
