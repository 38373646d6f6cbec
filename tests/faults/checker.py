"""The verdict on pages: what was listed against what a read_committed reader sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

Coordinates = tuple[int, int]
"""Partition and offset."""


class Listed(NamedTuple):
    """A paper at its place: the page's id, its position there, and its wording id."""

    page_id: str
    position: int
    wording: str

    def __str__(self) -> str:
        return f"{self.wording} at {self.page_id}/{self.position}"


class Version(NamedTuple):
    """A record of ``unique`` at its place there, or what came of it on ``enriched``.

    Args:
        at: the place in ``unique``.
        paper: its id.
        blank: whether it takes the paper down.
    """

    at: Coordinates | None
    paper: str
    blank: bool

    def __str__(self) -> str:
        return f"{'the end' if self.blank else 'a version'} of {self.paper} at {self.at}"


T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Evidence:
    """All that was read.

    ``listed`` is what the pages on their topic list, a page that was captured twice twice;
    ``missing_pages`` were fed and are not there. ``layouts`` are those by which pages were read.
    """

    listed: Sequence[Listed]
    missing_pages: Sequence[str]
    layouts: Sequence[str]
    papers: Sequence[Listed]
    sightings: Sequence[Listed]
    unique: Sequence[Version]
    enriched: Sequence[Version]


def findings(evidence: Evidence) -> list[str]:
    """Give everything that is lost or double; nothing where all is well."""
    listed = Counter(evidence.listed)
    return [
        *(f"pages: {page} was fed and is not there" for page in evidence.missing_pages),
        *_compared("papers", listed, Counter(evidence.papers)),
        *_compared("sightings", listed, Counter(evidence.sightings)),
        *_compared("enriched", Counter(evidence.unique), Counter(evidence.enriched)),
    ]


def misjudged(
    evidence: Evidence, asked: Mapping[str, bool], uncertain: Collection[str] = ()
) -> Iterator[str]:
    """Yield the papers that are not as their takedown left them.

    Args:
        evidence: the versions of a paper in their order.
        asked: the papers that were taken down, and whether they were brought back.
        uncertain: those of which that is not known.
    """
    last = {each.paper: each.blank for each in evidence.enriched}
    for paper, is_back in asked.items():
        if paper not in uncertain and last.get(paper) is not (not is_back):
            wanted = "brought back" if is_back else "taken down"
            yield f"enriched: {paper} was {wanted}, and is not so at the end"
    for paper, is_blank in last.items():
        if is_blank and paper not in asked and paper not in uncertain:
            yield f"enriched: {paper} ends as taken down, and nobody asked for it"


def _compared(topic: str, expected: Counter[T], found: Counter[T]) -> Iterator[str]:
    for what, times in (expected - found).items():
        yield f"{topic}: {what} is lost, {times} of {expected[what]}"
    for what, times in (found - expected).items():
        yield f"{topic}: {what} is there {times} times too often, {found[what]} in all"
