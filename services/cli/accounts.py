"""What the ledger needs of a record, and of a stage that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from services.common.codec import decode
from services.common.dead_letters import ITEM, REDRIVEN, SETTLED
from services.common.errors import Rejected
from services.common.headers import CONTROL, INPUT, REFUSED
from services.common.outcomes import InputRecord, header
from services.common.records import FORGOTTEN, EnrichedPaper, Paper, Sighting, Verdict
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, PAPERS, SIGHTINGS, UNIQUE
from services.dedupe.emitting import OWNER, read_owner


class Input(msgspec.Struct, frozen=True, gc=False):
    """Coordinates of an input record, and the group that read it; ``topic`` is the full name."""

    group: str
    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record, reduced to what the ledger needs.

    ``topic`` is the short name and ``place`` the full coordinates. ``input`` is None where the
    record does not say what it came of, and the other fields where its value does not tell. Of a
    page, ``papers_on_page`` and ``bad_items`` are known only where it was read again. ``is_item``
    tells a dead letter that holds one bad item of a page, ``is_control`` a takedown or its like on
    ``papers``, and ``forgotten`` what that left: a blank on ``unique``, a null on ``enriched``.
    ``is_redriven`` tells a paper that was a dead letter before, and ``is_tampered`` one on
    ``unique`` whose owner is not the record that it came of. ``timestamp`` is in milliseconds.
    """

    topic: str
    place: str
    partition: int
    offset: int
    input: Input | None = None
    wording_id: str | None = None
    paper_id: str | None = None
    revision: int = 0
    verdict: Verdict | None = None
    papers_on_page: int | None = None
    bad_items: int = 0
    is_item: bool = False
    is_control: bool = False
    is_redriven: bool = False
    forgotten: bool = False
    is_tampered: bool = False
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a stage has read its source; offsets by partition.

    What lies below ``committed`` must have its outputs; what lies at or above ``most`` must not yet
    have any. ``committed`` was read before the records and ``most`` after them, so that the stage
    may go on meanwhile. ``begins`` are the first offsets that the source still holds.
    """

    stage: str
    group: str
    source: str
    source_name: str
    begins: Mapping[int, int]
    committed: Mapping[int, int]
    most: Mapping[int, int]


def is_settlement(record: InputRecord) -> bool:
    """Tell whether it is no dead letter but says what became of one."""
    return header(record, SETTLED) is not None


def entry(topic: str, record: InputRecord) -> Entry:
    """Reduce a record of the topic of this short name."""
    bare = Entry(
        topic=topic,
        place=f"{record.topic}/{record.partition}/{record.offset}",
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
    )
    if topic == PAGES.name:
        return bare
    if topic == DEAD_LETTER.name:
        return msgspec.structs.replace(
            bare,
            input=_input(header(record, REFUSED)),
            is_item=header(record, ITEM) is not None,
        )
    facts = _facts(topic, record.value)
    if topic == ENRICHED.name and record.value is None:
        facts = {"paper_id": (record.key or b"").decode(errors="replace"), "forgotten": True}
    if topic == PAPERS.name:
        facts["is_control"] = header(record, CONTROL) is not None
        facts["is_redriven"] = header(record, REDRIVEN) is not None
    came_of = _input(header(record, INPUT))
    if topic == UNIQUE.name:
        owner = read_owner(header(record, OWNER) or b"")
        facts["is_tampered"] = came_of is None or owner != (came_of.partition, came_of.offset)
    return msgspec.structs.replace(bare, input=came_of, **facts)


def _input(value: bytes | None) -> Input | None:
    parts = (value or b"").decode(errors="replace").rsplit("/", 3)
    if len(parts) != 4 or not (parts[2].isdecimal() and parts[3].isdecimal()):
        return None
    return Input(parts[0], parts[1], int(parts[2]), int(parts[3]))


def _facts(topic: str, value: bytes | None) -> dict[str, Any]:
    try:
        if topic == SIGHTINGS.name:
            sighting = decode(value, Sighting)
            return {"paper_id": sighting.paper_id, "verdict": sighting.verdict}
        if topic in _PAPERS:
            return _paper_facts(decode(value, _PAPERS[topic]))
    except Rejected:
        # The stage that reads it refuses it; here it counts as a record all the same.
        pass
    return {}


def _paper_facts(paper: Paper) -> dict[str, Any]:
    return {
        "wording_id": paper.wording_id,
        "paper_id": paper.paper_id,
        "revision": paper.revision,
        "papers_on_page": paper.page.papers_on_page,
        "forgotten": FORGOTTEN in paper.flags,
    }


_PAPERS: dict[str, type[Paper]] = {
    PAPERS.name: Paper,
    UNIQUE.name: Paper,
    ENRICHED.name: EnrichedPaper,
}
