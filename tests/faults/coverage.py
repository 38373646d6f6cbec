"""The verdict on groups of near copies: each group covered once, none lost.

Likeness is not transitive, so a group may be one paper or several. It is covered once where each of
its wordings is on ``unique`` once or was sighted as a near copy of a paper there that it may be
taken for, and no two that are alike are papers there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from services.common.records import Verdict
from tests.faults.checker import Coordinates
from tests.faults.groups import Group

EMITTING = (Verdict.NEW, Verdict.REVISED)


class Seen(NamedTuple):
    """A sighting: of the record at a place in ``papers``, as which paper."""

    at: Coordinates | None
    wording: str
    verdict: Verdict
    paper: str


class Emitted(NamedTuple):
    """A record of ``unique``; ``owner`` is the place in ``papers`` of the record that it is of."""

    owner: Coordinates | None
    wording: str
    paper: str
    revision: int


class Finding(NamedTuple):
    """What is off, and in which group; None where it is in none."""

    group: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.group is None else f"group {self.group}: {self.what}"


@dataclass(frozen=True)
class Evidence:
    """All that was fed and read.

    ``papers`` are wordings by their coordinates; ``controls`` the coordinates of the takedowns, and
    of their undoing, among them.
    """

    groups: Sequence[Group]
    papers: Mapping[Coordinates, str]
    controls: frozenset[Coordinates]
    unique: Sequence[Emitted]
    sightings: Sequence[Seen]
    dead_letters: Sequence[str]

    @cached_property
    def group_of(self) -> Mapping[str, Group]:
        return {wording: group for group in self.groups for wording in group.wordings}

    @cached_property
    def out(self) -> frozenset[str]:
        """The papers on ``unique``; a revision is none."""
        return frozenset(each.wording for each in self.unique if each.wording == each.paper)

    @cached_property
    def emitted(self) -> frozenset[str]:
        return frozenset(each.wording for each in self.unique)

    @cached_property
    def near(self) -> frozenset[str]:
        """Wordings that were sighted as near copies of a paper that stands for them."""
        return frozenset(
            seen.wording
            for seen in self.sightings
            if seen.verdict is Verdict.NEAR and seen.paper in self.out and self._leads(seen)
        )

    def is_astray(self, seen: Seen) -> bool:
        """Tell whether a copy names itself and was taken for a near copy by others.

        docs/dedupe.md states it as a limit: its paper was claimed and not committed yet when the
        index was lost, and went to another one then.
        """
        is_copy = seen.verdict is Verdict.EXACT and seen.paper == seen.wording
        return is_copy and seen.wording not in self.emitted and seen.wording in self.near

    def _leads(self, seen: Seen) -> bool:
        group = self.group_of.get(seen.wording)
        return group is not None and (seen.wording, seen.paper) in group.leads


def findings(evidence: Evidence) -> list[Finding]:
    """Give everything that is lost, double or wrong; nothing where all is well."""
    return [
        *_lost_records(evidence),
        *_missighted(evidence),
        *_misemitted(evidence),
        *_misnamed(evidence),
        *_coverage(evidence),
        *(Finding(None, f"dead-letter: {letter}") for letter in evidence.dead_letters),
    ]


def astray(evidence: Evidence) -> int:
    """Count the sightings that the stated limit let go astray."""
    return sum(evidence.is_astray(seen) for seen in evidence.sightings)


def told(evidence: Evidence, found: Sequence[Finding]) -> str:
    """Say what was counted, for people, and how many groups nothing was found of."""
    off = {finding.group for finding in found}
    fed = evidence.groups
    verdicts = Counter(seen.verdict.value for seen in evidence.sightings)
    chains = [group for group in fed if not group.is_transitive]
    several = sum(len(evidence.out.intersection(group.wordings)) > 1 for group in chains)
    covered = sum(group.number not in off for group in fed)
    sighted = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
    return (
        f"{len(fed):,} groups, {covered:,} of them covered once; {len(evidence.papers):,} records, "
        f"{len(evidence.group_of):,} wordings; {len(evidence.sightings):,} sightings: {sighted}; "
        f"{len(evidence.unique):,} on unique; {len(chains):,} groups that are not transitive, "
        f"{several:,} of them more than one paper; "
        f"{astray(evidence):,} sightings of a paper that became a near copy"
    )


def _lost_records(evidence: Evidence) -> Iterator[Finding]:
    # More than were fed is no finding: an acknowledgement may have been lost with the broker.
    found = Counter(evidence.papers.values())
    for group in evidence.groups:
        fed = Counter(record.wording_id for record in group.records)
        for wording, count in fed.items():
            if (times := count - found[wording]) > 0:
                yield Finding(group.number, f"{times} of {count} of {wording} are not on papers")


def _missighted(evidence: Evidence) -> Iterator[Finding]:
    """Every record has one sighting, and every sighting is of a record."""
    sighted: dict[Coordinates | None, list[Seen]] = defaultdict(list)
    for seen in evidence.sightings:
        sighted[seen.at].append(seen)
    for at, wording in evidence.papers.items():
        if len(sighted[at]) != 1:
            times = len(sighted[at])
            yield _finding(evidence, wording, f"the record at {at} has {times} sightings")
    for at, each in sighted.items():
        for seen in each:
            if at is None or evidence.papers.get(at) != seen.wording:
                yield _finding(evidence, seen.wording, f"a sighting of {at}, where it is not")


def _misemitted(evidence: Evidence) -> Iterator[Finding]:
    """Every wording is on ``unique`` at most once, and its record was sighted as emitting it.

    Takedowns come besides; each of them is there once, or not at all where it came too late.
    """
    listed = [each for each in evidence.unique if each.owner not in evidence.controls]
    amended = [each.owner for each in evidence.unique if each.owner in evidence.controls]
    for owner, times in Counter(amended).items():
        if times > 1:
            yield Finding(None, f"the takedown at {owner} is on unique {times} times")
    for wording, times in Counter(each.wording for each in listed).items():
        if times > 1:
            yield _finding(evidence, wording, f"{wording} is on unique {times} times")
    emitting = Counter(
        (seen.at, seen.wording, seen.paper)
        for seen in evidence.sightings
        if seen.verdict in EMITTING
    )
    emitted = Counter((each.owner, each.wording, each.paper) for each in listed)
    for owner, wording, paper in emitted - emitting:
        what = f"{wording} of {paper} is on unique, and {owner} was not sighted as its record"
        yield _finding(evidence, wording, what)
    for at, wording, paper in emitting - emitted:
        what = f"{at} was sighted as the record of {wording} of {paper}, which is not on unique"
        yield _finding(evidence, wording, what)
    yield from _misrevised(evidence)


def _misrevised(evidence: Evidence) -> Iterator[Finding]:
    """The revisions of a paper are numbered without a gap, and its first wording is none."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for each in evidence.unique:
        numbers[each.paper].append(each.revision)
    for paper, found in numbers.items():
        if sorted(found) != list(range(len(found))):
            yield _finding(evidence, paper, f"{paper} is on unique as revisions {sorted(found)}")


def _misnamed(evidence: Evidence) -> Iterator[Finding]:
    """Every sighting names a paper on ``unique`` that its wording may be taken for."""
    for seen in evidence.sightings:
        wording, paper = seen.wording, seen.paper
        if seen.paper not in evidence.out:
            if not evidence.is_astray(seen):
                what = f"{wording} was sighted as of {paper}, which is not on unique"
                yield _finding(evidence, wording, what)
            continue
        own, other = evidence.group_of.get(wording), evidence.group_of.get(paper)
        if own is None or other is None or own.number != other.number:
            number = None if other is None else other.number
            yield _finding(evidence, wording, f"{wording} was taken for {paper} of group {number}")
        elif wording != paper and (wording, paper) not in own.leads:
            what = f"{wording} was taken for {paper}, which it is not like"
            yield Finding(own.number, what)


def _coverage(evidence: Evidence) -> Iterator[Finding]:
    for group in evidence.groups:
        for wording in group.wordings:
            if wording not in evidence.emitted and wording not in evidence.near:
                yield Finding(group.number, f"{wording} is lost: nothing stands for it")
        for pair in group.alike:
            if pair <= evidence.out:
                both = " and ".join(sorted(pair))
                yield Finding(group.number, f"covered twice: {both} are alike, and both on unique")


def _finding(evidence: Evidence, wording: str, what: str) -> Finding:
    group = evidence.group_of.get(wording)
    return Finding(None if group is None else group.number, what)
