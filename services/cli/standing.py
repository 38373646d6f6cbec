"""What stands of a paper: in the index, on ``unique``, and of its words where they can be found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import aclosing
from pathlib import Path

from rich.progress import Progress

from services.cli.cluster import Cluster
from services.cli.pages import saved_pages
from services.cli.parsed import parsed
from services.cli.reading import read_through
from services.common.codec import decode
from services.common.errors import ExitStatus, Fatal, Rejected
from services.common.freight import partition_of
from services.common.outcomes import InputRecord, header
from services.common.reader import begin_offsets, end_offsets, read
from services.common.records import FORGOTTEN, Paper
from services.common.topics import PAPERS, UNIQUE
from services.dedupe.emitting import PAPER_ID
from services.dedupe.entry import Entry
from services.dedupe.survey import open_survey


async def indexed(cluster: Cluster, wording_id: str) -> Entry | None:
    """Give what the index holds of a wording."""
    settings = cluster.settings
    async with open_survey(settings.redis, settings.dedupe) as survey:
        return await survey.entry(wording_id)


async def emissions(cluster: Cluster, paper_id: str, bars: Progress) -> list[InputRecord]:
    """Give all that ``unique`` still holds of a paper, in order."""
    mine = paper_id.encode()
    return [
        record
        async for record in _of_key(cluster, UNIQUE.name, mine, bars)
        if header(record, PAPER_ID) == mine
    ]


async def listed(cluster: Cluster, wording_ids: Collection[str], bars: Progress) -> Paper | None:
    """Give the last listing of one of these wordings that ``papers`` still holds."""
    ids, found = [each.encode() for each in wording_ids], None
    async with aclosing(read_through(cluster, PAPERS.name, bars)) as batches:
        async for records in batches:
            for record in records:
                # Looked for before it is read: most are others.
                if not any(each in (record.value or b"") for each in ids):
                    continue
                paper = whole(record)
                if paper is not None and paper.wording_id in wording_ids:
                    found = paper
    return found


def whole(record: InputRecord) -> Paper | None:
    """Give a record's paper; None where it was taken down, or is none."""
    try:
        paper = decode(record.value, Paper)
    except Rejected:
        return None
    return None if FORGOTTEN in paper.flags else paper


def on_page(cluster: Cluster, page: Path, wording_ids: Collection[str]) -> Paper:
    """Give the paper of a saved page that has one of these wordings.

    Raises:
        Fatal: the page has none of them.
    """
    (saved,) = saved_pages([str(page)], source=None, content_type=None)
    found = parsed(saved, cluster.settings.ingest)
    for paper in found.papers:
        if paper.wording_id in wording_ids:
            return paper
    raise Fatal(
        f"{page} lists {len(found.papers)} papers and none with wording "
        f"{' or '.join(sorted(wording_ids))}; `headrace parse {page} --json` shows what it lists",
        ExitStatus.CONFIGURATION,
    )


async def _of_key(
    cluster: Cluster, topic: str, key: bytes, bars: Progress
) -> AsyncIterator[InputRecord]:
    """Yield the records of the partition that a key belongs to."""
    name = cluster.full_name(topic)
    begins = await begin_offsets(cluster.clients, name)
    ends: Mapping[int, int] = await end_offsets(cluster.clients, name)
    mine = partition_of(key, sorted(begins))
    starts = {at: begins[at] if at == mine else ends[at] for at in begins}
    bar = bars.add_task(f"Reading {topic}", total=ends[mine] - begins[mine])
    async with aclosing(read(cluster.clients, name, starts=starts, ends=ends)) as batches:
        async for records in batches:
            for record in records:
                yield record
            if records:
                bars.update(bar, completed=records[-1].offset + 1 - begins[mine])
    bars.update(bar, completed=ends[mine] - begins[mine])
