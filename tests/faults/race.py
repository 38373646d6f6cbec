"""Groups of near copies as the traffic of a campaign: they race across the lanes of dedupe."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from services.common import groups as kafka_groups
from services.common.codec import decode, encode
from services.common.headers import INPUT
from services.common.outcomes import InputRecord, header
from services.common.records import Paper, Sighting
from services.common.topics import DEAD_LETTER, PAPERS, SIGHTINGS, UNIQUE
from services.dedupe.emitting import OWNER, read_owner
from tests.faults.checker import Coordinates
from tests.faults.coverage import Emitted, Evidence, Seen, astray, findings
from tests.faults.evidence import letter
from tests.faults.groups import Group, groups
from tests.faults.schedule import GroupFeed
from tests.faults.sender import Sender, ToSend
from tests.faults.traffic import Judgement
from tests.pipeline import Pipeline

LATE = 0.3
"""Share of the records that come later than their group, up to so many groups:"""
LATER_GROUPS = 500

STEP_SECONDS = 0.02
LOOK_SECONDS = 0.3


class Race:
    """Groups on ``papers``, keyed by wording id as by ingest; a ``Traffic``.

    Most records of a group are sent at once and race, each wording in the lane of its key. Some
    come later, when the index may have forgotten what the group was.
    """

    def __init__(self, pipeline: Pipeline, feed: GroupFeed, *, seed: int) -> None:
        self.enough = False
        self._fed: list[Group] = []
        self._pipeline = pipeline
        self._feed = feed
        self._papers = pipeline.topics.full_name(PAPERS)
        self._sender = Sender(pipeline.clients, self._papers)
        self._groups = groups(seed)
        self._source = random.Random(seed)
        self._order = itertools.count()
        self._late: list[tuple[int, int, Paper]] = []

    async def run(self) -> None:
        """Feed; what was missed while the broker was away is made good at once."""
        started = time.monotonic()
        while not self.enough or len(self._fed) < self._feed.groups:
            due = int((time.monotonic() - started) * self._feed.groups_a_second) - len(self._fed)
            await self._sender.send([each for _ in range(due) for each in self._next()])
            await asyncio.sleep(STEP_SECONDS)
        await self._sender.send([_record(paper) for _, _, paper in self._late])
        await self._sender.close()

    async def drained(self, timeout: float) -> str:
        group, deadline = self._pipeline.group("dedupe"), time.monotonic() + timeout
        while any((lag := await self._lag(group)).values()):
            if time.monotonic() > deadline:
                return f"dedupe has {sum(lag.values())} offsets of papers left"
            await asyncio.sleep(LOOK_SECONDS)
        return ""

    async def judged(self) -> Judgement:
        evidence = await _gathered(self._pipeline, self._fed)
        found = findings(evidence)
        verify = await asyncio.to_thread(self._pipeline.command, "index", "verify", "--all")
        differs = [f"index verify: {verify.stdout}{verify.stderr}"] if verify.returncode else []
        off = {finding.group for finding in found}
        return Judgement(
            records=len(evidence.papers),
            told=_told(evidence, off),
            promise="Each group is covered once, none is lost, and the index agrees with the log.",
            findings=(*map(str, found), *differs),
        )

    def _next(self) -> Iterator[ToSend]:
        group = next(self._groups)
        self._fed.append(group)
        for record in group.records:
            late = self._source.random() < LATE
            due = group.number + (self._source.randrange(1, LATER_GROUPS) if late else 0)
            heapq.heappush(self._late, (due, next(self._order), record))
        while self._late and self._late[0][0] <= group.number:
            yield _record(heapq.heappop(self._late)[2])

    async def _lag(self, group: str) -> dict[int, int]:
        return await kafka_groups.lag(self._pipeline.clients, group, self._papers)


async def _gathered(pipeline: Pipeline, fed: Sequence[Group]) -> Evidence:
    """Read every topic to its end, read_committed."""
    return Evidence(
        groups=fed,
        papers={
            (record.partition, record.offset): decode(record.value, Paper).wording_id
            for record in await pipeline.records(PAPERS)
        },
        unique=[_emitted(record) for record in await pipeline.records(UNIQUE)],
        sightings=[_seen(record) for record in await pipeline.records(SIGHTINGS)],
        dead_letters=[letter(record) for record in await pipeline.records(DEAD_LETTER)],
    )


def _record(paper: Paper) -> ToSend:
    return ToSend(encode(paper), key=paper.wording_id.encode())


def _emitted(record: InputRecord) -> Emitted:
    paper, owner = decode(record.value, Paper), header(record, OWNER)
    return Emitted(
        owner=read_owner(owner) if owner is not None else None,
        wording=paper.wording_id,
        paper=paper.paper_id or "",
        revision=paper.revision,
    )


def _seen(record: InputRecord) -> Seen:
    sighting = decode(record.value, Sighting)
    place = _place(header(record, INPUT))
    return Seen(place, sighting.wording_id, sighting.verdict, sighting.paper_id)


def _place(source: bytes | None) -> Coordinates | None:
    """Give partition and offset of an input, of which the header is the end."""
    if source is None:
        return None
    partition, offset = source.decode().split("/")[-2:]
    return int(partition), int(offset)


def _told(evidence: Evidence, off: set[int | None]) -> str:
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
