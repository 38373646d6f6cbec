"""What ``headrace index stats`` shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from services.cli.cluster import Cluster
from services.cli.console import number, out, table
from services.common import groups, kept
from services.common.reader import end_offsets
from services.common.telemetry import Telemetry
from services.common.topics import PAPERS, UNIQUE
from services.dedupe.app import index_of, lineage_context
from services.dedupe.index import BUCKET_ENTRIES
from services.dedupe.occupancy import WARNING_SHARE
from services.dedupe.settings import dedupe_group
from services.dedupe.survey import Buckets, Counts, Sample, Server, open_survey

MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Bucket:
    """What a sample says of the hashes of one kind; entries are of those that hold any."""

    sampled: int
    entries_mean: float
    entries_most: int
    flat_share: float


@dataclasses.dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of a paper and of a wording, by the sample, and of the whole server."""

    paper_bytes: float | None
    wording_bytes: float | None
    server_bytes: int
    server_most_bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class Reach:
    """How far the index is in one partition; None where it knows, or Kafka has, no offset."""

    partition: int
    known: int | None
    actual: int | None

    @property
    def left(self) -> int:
        return max(0, (self.actual or 0) - (self.known or 0))


@dataclasses.dataclass(frozen=True, slots=True)
class Stats:
    """All of it; ``mark`` is None while the index must be caught up first."""

    namespace: str
    mark: str | None
    lineage: str | None
    kafka_lineage: str | None
    counts: Counts
    capacity: int
    share: float
    records: Bucket
    keys: Bucket
    sampled_whole: bool
    flat_entries: int | None
    memory: Memory
    checkpoint: tuple[Reach, ...]
    lanes: tuple[Reach, ...]

    def as_json(self) -> dict[str, Any]:
        """Give what ``--json`` prints."""
        found = dataclasses.asdict(self)
        found["capacity"] = {"wordings": found.pop("capacity"), "share": found.pop("share")}
        for name in ("checkpoint", "lanes"):
            for reach, made in zip(getattr(self, name), found[name], strict=True):
                made["left"] = reach.left
        return found


async def draw_up(cluster: Cluster, keys: int) -> Stats:
    """Ask Redis and Kafka for all of it.

    Args:
        cluster: the settings and Kafka.
        keys: the most buckets to look at.
    """
    await cluster.require(PAPERS.name, UNIQUE.name)
    settings = cluster.settings
    async with (
        index_of(settings) as index,
        open_survey(settings.redis, settings.dedupe) as survey,
    ):
        mark, lineage, counts = await index.learn(), await index.lineage(), await survey.counts()
        sample, server = await survey.sample(keys), await survey.server()
        checkpoint, recorded = await index.checkpoint(), await survey.committed()
    ends = await end_offsets(cluster.clients, cluster.full_name(UNIQUE.name))
    committed = await groups.committed_offsets(
        cluster.clients, dedupe_group(settings), cluster.full_name(PAPERS.name)
    )
    capacity = settings.dedupe.capacity
    return Stats(
        namespace=settings.dedupe.namespace,
        mark=mark,
        lineage=lineage,
        kafka_lineage=await kept.look(lineage_context(settings, Telemetry())) or None,
        counts=counts,
        capacity=capacity,
        share=counts.wordings / capacity,
        records=bucket(sample.records),
        keys=bucket(sample.keys),
        sampled_whole=sample.whole,
        flat_entries=server.flat_entries,
        memory=memory(counts, sample, server),
        checkpoint=reaches(checkpoint, ends),
        lanes=reaches(recorded, committed),
    )


def bucket(sample: Buckets) -> Bucket:
    """Give means of a sample; zeros of an empty one."""
    of = max(1, sample.sampled)
    return Bucket(sample.sampled, sample.entries / of, sample.largest, sample.flat / of)


def memory(counts: Counts, sample: Sample, server: Server) -> Memory:
    """Give bytes a paper: what the sampled buckets take, by the wordings in them."""
    taken = sample.records.size_bytes + sample.keys.size_bytes
    wording = taken / sample.records.entries if sample.records.entries else None
    paper = wording * counts.wordings / counts.papers if wording and counts.papers else None
    return Memory(paper, wording, server.used_bytes, server.most_bytes)


def reaches(known: Mapping[int, int], actual: Mapping[int, int]) -> tuple[Reach, ...]:
    """Bring together what the index knows and what is, by partition."""
    return tuple(
        Reach(partition, known.get(partition), actual.get(partition))
        for partition in sorted({*known, *actual})
    )


def show(found: Stats) -> None:
    """Show it to a person."""
    out.print(table("", "", rows=_facts(found)), highlight=False)
    rows = (
        (
            name,
            each.sampled,
            f"{each.entries_mean:.1f}",
            each.entries_most,
            f"{each.flat_share:.1%}",
        )
        for name, each in (("records", found.records), ("keys", found.keys))
    )
    headings = ("buckets", number("looked at"), number("mean"), number("most"), number("flat"))
    out.print(table(*headings, rows=rows))
    out.print()
    _show_reaches("unique", "checkpoint", "end", found.checkpoint)
    out.print()
    _show_reaches("papers", "recorded", "committed", found.lanes)
    if found.share >= WARNING_SHARE:
        out.print(
            f"\n{found.share:.0%} of the capacity: what is beyond costs time, see docs/dedupe.md",
            style="bold red",
        )


def _facts(found: Stats) -> list[tuple[str, object]]:
    counts, memory = found.counts, found.memory
    each = "none yet" if memory.paper_bytes is None else f"{memory.paper_bytes:,.0f} bytes"
    most = f" of {memory.server_most_bytes / MIB:,.0f}" if memory.server_most_bytes else ""
    lineage = found.lineage or "none"
    if found.lineage != found.kafka_lineage:
        lineage += f"; Kafka has {found.kafka_lineage or 'none'}: the next catch-up begins anew"
    return [
        ("namespace", found.namespace),
        ("mark", found.mark or "none: to be caught up before the next claim"),
        ("lineage", lineage),
        ("papers", counts.papers),
        ("aliases", counts.aliases),
        ("revisions", counts.revisions),
        ("capacity", f"{found.capacity:,}, {found.share:.1%} used"),
        ("a paper", each),
        ("the server", f"{memory.server_bytes / MIB:,.1f}{most} MiB"),
        ("full bucket", f"{BUCKET_ENTRIES} records; flat up to {found.flat_entries or 'unknown'}"),
        ("sample", "all buckets" if found.sampled_whole else "some buckets: about 2 % error"),
    ]


def _show_reaches(topic: str, known: str, actual: str, found: tuple[Reach, ...]) -> None:
    rows = (
        (each.partition, _offset(each.known), _offset(each.actual), each.left) for each in found
    )
    headings = (number(topic), number(known), number(actual), number("left"))
    out.print(table(*headings, rows=rows))


def _offset(offset: int | None) -> int | str:
    return "none" if offset is None else offset
