"""Reads what a campaign left on the topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from services.common.codec import decode
from services.common.headers import CONTROL, INPUT
from services.common.identity import page_id
from services.common.outcomes import InputRecord, header
from services.common.records import FORGOTTEN, Paper, Sighting
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, PAPERS, SIGHTINGS, UNIQUE
from services.dedupe.emitting import OWNER, PAPER_ID, read_owner
from tests.faults import checker, coverage
from tests.faults.checker import Coordinates, Listed, Version
from tests.faults.coverage import Emitted, Seen
from tests.faults.groups import Group
from tests.faults.press import FedPage
from tests.pipeline import Pipeline

Left = Mapping[str, Sequence[InputRecord]]
"""The records of every topic, by its short name, as a read_committed reader sees them."""


async def left(pipeline: Pipeline) -> Left:
    """Read every topic to its end."""
    topics = (PAGES, PAPERS, UNIQUE, SIGHTINGS, ENRICHED, DEAD_LETTER)
    return {topic.name: await pipeline.records(topic) for topic in topics}


def of_pages(left: Left, fed: Sequence[FedPage]) -> checker.Evidence:
    """Give what there is to be said of the pages that were fed."""
    known = {page.page_id: page for page in fed}
    captured = [page_id(record.value or b"") for record in left[PAGES.name]]
    papers = [decode(record.value, Paper) for record in _listings(left)]
    sightings = [decode(record.value, Sighting) for record in left[SIGHTINGS.name]]
    pages = {(paper.page.partition, paper.page.offset): paper.page.layout for paper in papers}
    return checker.Evidence(
        listed=[each for page in captured for each in _listed(known[page])],
        missing_pages=sorted(known.keys() - set(captured)),
        layouts=list(pages.values()),
        papers=list(map(_place_of, papers)),
        sightings=list(map(_place_of, sightings)),
        unique=list(map(_version, left[UNIQUE.name])),
        enriched=list(map(_outcome, left[ENRICHED.name])),
    )


def of_groups(left: Left, fed: Sequence[Group]) -> coverage.Evidence:
    """Give what there is to be said of the groups that were fed."""
    papers = left[PAPERS.name]
    return coverage.Evidence(
        groups=fed,
        papers={_at(each): decode(each.value, Paper).wording_id for each in _listings(left)},
        controls=frozenset(_at(each) for each in papers if header(each, CONTROL)),
        unique=list(map(_emitted, left[UNIQUE.name])),
        sightings=list(map(_seen, left[SIGHTINGS.name])),
        dead_letters=list(map(letter, left[DEAD_LETTER.name])),
    )


def letter(record: InputRecord) -> str:
    """Give the stage, the reason and the place of a dead letter."""
    said = [header(record, name) or b"" for name in ("__connect.errors.stage", "headrace.reason")]
    return f"{b' '.join(said).decode()} at {record.partition}/{record.offset}"


def _listings(left: Left) -> Iterator[InputRecord]:
    return (record for record in left[PAPERS.name] if not header(record, CONTROL))


def _listed(page: FedPage) -> list[Listed]:
    name = page.page_id
    return [Listed(name, position, wording) for position, wording in enumerate(page.wordings)]


def _place_of(record: Paper | Sighting) -> Listed:
    return Listed(record.page.page_id, record.page.position, record.wording_id)


def _at(record: InputRecord) -> Coordinates:
    return record.partition, record.offset


def _version(record: InputRecord) -> Version:
    paper = (header(record, PAPER_ID) or b"").decode()
    return Version(_at(record), paper, FORGOTTEN in decode(record.value, Paper).flags)


def _outcome(record: InputRecord) -> Version:
    return Version(_input(record), (record.key or b"").decode(), record.value is None)


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
    return Seen(_input(record), sighting.wording_id, sighting.verdict, sighting.paper_id)


def _input(record: InputRecord) -> Coordinates | None:
    """Give partition and offset of an input, of which the header is the end."""
    source = header(record, INPUT)
    if source is None:
        return None
    partition, offset = source.decode().split("/")[-2:]
    return int(partition), int(offset)
