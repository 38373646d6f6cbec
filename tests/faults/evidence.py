"""Reads what a campaign left on the topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common.codec import decode
from services.common.identity import page_id
from services.common.outcomes import InputRecord, header
from services.common.records import EnrichedPaper, Paper, Sighting
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, PAPERS, SIGHTINGS, UNIQUE
from services.dedupe.emitting import OWNER, read_owner
from tests.faults.checker import Coordinates, Evidence, Listed
from tests.faults.flow import FedPage
from tests.pipeline import Pipeline


async def gathered(pipeline: Pipeline, fed: Sequence[FedPage]) -> Evidence:
    """Read every topic to its end, read_committed."""
    known = {page.page_id: page for page in fed}
    captured = [page_id(value) for value in await pipeline.values(PAGES)]
    return Evidence(
        listed=[listed for page in captured for listed in _listed(known[page])],
        missing_pages=sorted(known.keys() - set(captured)),
        papers=_papers(await pipeline.records(PAPERS)),
        unique=[_owned(record) for record in await pipeline.records(UNIQUE)],
        sightings=[_seen(decode(value, Sighting)) for value in await pipeline.values(SIGHTINGS)],
        enriched=[
            decode(value, EnrichedPaper).wording_id for value in await pipeline.values(ENRICHED)
        ],
        dead_letters=[letter(record) for record in await pipeline.records(DEAD_LETTER)],
    )


def _listed(page: FedPage) -> list[Listed]:
    name = page.page_id
    return [Listed(name, position, wording) for position, wording in enumerate(page.wordings)]


def _papers(records: Sequence[InputRecord]) -> Mapping[Coordinates, Listed]:
    return {
        (record.partition, record.offset): _seen(decode(record.value, Paper)) for record in records
    }


def _seen(record: Paper | Sighting) -> Listed:
    return Listed(record.page.page_id, record.page.position, record.wording_id)


def _owned(record: InputRecord) -> tuple[str, Coordinates | None]:
    owner = header(record, OWNER)
    wording = decode(record.value, Paper).wording_id
    return wording, read_owner(owner) if owner is not None else None


def letter(record: InputRecord) -> str:
    """Give the stage, the reason and the place of a dead letter."""
    said = [header(record, name) or b"" for name in ("__connect.errors.stage", "headrace.reason")]
    return f"{b' '.join(said).decode()} at {record.partition}/{record.offset}"
