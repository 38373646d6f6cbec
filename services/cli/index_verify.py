"""How ``headrace index verify`` compares the index with ``unique``, and back."""

from __future__ import annotations

import dataclasses
import math
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from rich.progress import Progress

from services.cli.cluster import Cluster
from services.cli.console import name, out, table
from services.common.errors import ExitStatus, Fatal
from services.common.outcomes import InputRecord
from services.common.reader import begin_offsets, end_offsets, read
from services.common.topics import PAPERS, UNIQUE
from services.dedupe.app import index_of
from services.dedupe.catch_up import emitted
from services.dedupe.claims import Emitted
from services.dedupe.entry import Entry, differences
from services.dedupe.survey import Survey, open_survey

CHUNK = 256
RUNS = 10
MOST_BACK = 1_000_000
"""Papers of the index that are looked for on ``unique``: about 150 bytes of memory each."""
MOST_FINDINGS = 1_000
SHOWN_FINDINGS = 20

Offsets = Mapping[int, int]
Part = tuple[Offsets, Offsets]
"""Where to begin in each partition, and where to end."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the index and the log differ: coordinates, and how."""

    place: str
    what: str


@dataclass(slots=True)
class Comparison:
    """What was compared; ``looked_for`` is None where the way back was not gone.

    ``findings`` holds the first thousand of ``differences``.
    """

    read: int = 0
    looked_for: int | None = None
    differences: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not self.differences

    def add(self, place: str, what: str) -> None:
        self.differences += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(place, what))

    def as_json(self) -> dict[str, Any]:
        """Give what ``--json`` prints."""
        return dataclasses.asdict(self)


async def compared(cluster: Cluster, sample: int | None, bars: Progress) -> Comparison:
    """Compare a sample of so many offsets of ``unique``, or all.

    Raises:
        Fatal: there is no index to be compared, or it was lost meanwhile.
    """
    await cluster.require(UNIQUE.name)
    topic, settings = cluster.full_name(UNIQUE.name), cluster.settings
    found = Comparison()
    async with (
        index_of(settings) as index,
        open_survey(settings.redis, settings.dedupe) as survey,
    ):
        mark = _present(await index.learn())
        begins = await begin_offsets(cluster.clients, topic)
        awaited: dict[str, Entry] | None = None
        if sample is None or sample >= await _size(cluster, topic, begins):
            awaited = await _taken_for_emitted(survey)
            found.looked_for = len(awaited)
        # After the index was read, and with open transactions: what it takes for emitted is below.
        ends = await end_offsets(cluster.clients, topic, isolation="read_uncommitted")
        parts = [(begins, ends)] if awaited is not None else runs(begins, ends, sample or 0)
        async for records in _read(cluster, topic, parts, bars):
            await _compare(survey, records, found, awaited)
        if _present(await index.learn()) != mark:
            raise Fatal("the index was made anew meanwhile: verify it again")
    for entry in (awaited or {}).values():
        place = f"{cluster.full_name(PAPERS.name)}/{entry.partition}/{entry.offset}"
        what = f"wording {entry.wording_id}, revision {entry.revision},"
        found.add(place, f"the index takes {what} for emitted; unique has none")
    return found


def runs(
    begins: Offsets,
    ends: Offsets,
    sample: int,
    *,
    draw: Callable[[int], int] = secrets.randbelow,
) -> list[Part]:
    """Choose parts of a topic, about ``sample`` offsets in all; the last ends where the topic does.

    What a server that lost its last moments does not have is at the end.

    Args:
        begins: first offset of each partition.
        ends: its end.
        sample: offsets, spread evenly over the topic.
        draw: gives a number below the one given; where in its tenth of the topic a run is.
    """
    share = min(1.0, sample / max(1, sum(ends[at] - begin for at, begin in begins.items())))
    chosen: list[Part] = []
    for number in range(1, RUNS + 1):
        starts, stops = {}, {}
        for at, begin in begins.items():
            size = ends[at] - begin
            low, high = begin + size * (number - 1) // RUNS, begin + size * number // RUNS
            length = min(high - low, math.ceil((high - low) * share))
            room = high - low - length
            starts[at] = low + (room if number == RUNS else draw(room + 1))
            stops[at] = starts[at] + length
        chosen.append((starts, stops))
    return chosen


def _present(mark: str | None) -> str:
    if mark is None:
        raise Fatal(
            "the index has no mark: it was lost, or is being caught up; start dedupe, or "
            "`headrace index rebuild`, and verify it then",
            ExitStatus.TEMPORARY,
        )
    return mark


async def _size(cluster: Cluster, topic: str, begins: Offsets) -> int:
    ends = await end_offsets(cluster.clients, topic)
    return sum(ends[partition] - begin for partition, begin in begins.items())


async def _taken_for_emitted(survey: Survey) -> dict[str, Entry]:
    """Give papers and revisions that are on ``unique`` if the index is right.

    Read from there by a catch-up, or below what their lane has committed.
    """
    committed, found = await survey.committed(), dict[str, Entry]()
    async with aclosing(survey.entries()) as batches:
        async for entries in batches:
            for entry in entries:
                passed = entry.offset < committed.get(entry.partition, 0)
                if entry.kind != "alias" and (entry.is_out or passed):
                    found[entry.wording_id] = entry
            if len(found) >= MOST_BACK:
                break
    return found


async def _read(
    cluster: Cluster, topic: str, parts: Sequence[Part], bars: Progress
) -> AsyncIterator[Sequence[InputRecord]]:
    total = sum(ends[at] - start for starts, ends in parts for at, start in starts.items())
    bar = bars.add_task(f"Comparing {UNIQUE.name}", total=total)
    done = 0
    for starts, ends in parts:
        reached = dict(starts)
        async with aclosing(read(cluster.clients, topic, starts=starts, ends=ends)) as batches:
            async for records in batches:
                if records:
                    reached[records[-1].partition] = records[-1].offset + 1
                bars.update(bar, completed=done + sum(reached.values()) - sum(starts.values()))
                yield records
        # The rest are transaction markers and what compaction removed.
        done += sum(ends[at] - start for at, start in starts.items())
        bars.update(bar, completed=done)


async def _compare(
    survey: Survey,
    records: Sequence[InputRecord],
    found: Comparison,
    awaited: dict[str, Entry] | None,
) -> None:
    for at in range(0, len(records), CHUNK):
        chunk = records[at : at + CHUNK]
        papers = [emitted(record) for record in chunk]
        for record, paper, held in zip(chunk, papers, await survey.look(papers), strict=True):
            for what in differences(paper, held):
                found.add(f"{record.topic}/{record.partition}/{record.offset}", what)
            if awaited is not None:
                _found(paper, awaited)
    found.read += len(records)


def _found(paper: Emitted, awaited: dict[str, Entry]) -> None:
    """Strike out what this record of ``unique`` is: a wording, and its paper at this revision."""
    for wording_id in (paper.claim.owned.wording_id, paper.paper_id):
        entry = awaited.get(wording_id)
        if entry is not None and entry.revision == paper.revision:
            del awaited[wording_id]


def show(found: Comparison) -> None:
    """Show what was compared, and where it differs."""
    out.print(f"{found.read:,} records of unique looked up in the index.", highlight=False)
    if found.looked_for is None:
        back = "Whether the index has more than unique was not looked at: --all does."
    else:
        back = f"{found.looked_for:,} wordings of the index looked for on unique."
    out.print(back, highlight=False)
    shown = [(each.place, each.what) for each in found.findings[:SHOWN_FINDINGS]]
    if shown:
        out.print()
        out.print(table(name("where"), "what", rows=shown))
    if (more := found.differences - len(shown)) > 0:
        out.print(f"and {more:,} more: `--json` has the first {MOST_FINDINGS:,}", highlight=False)
    verdict = "The index agrees." if found.agrees else "The index does NOT agree."
    out.print(f"\n{verdict}", style="green" if found.agrees else "bold red")
