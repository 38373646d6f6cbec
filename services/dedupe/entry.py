"""What the index holds of a wording, as common.lua lays it out, and how it fits ``unique``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from services.dedupe.claims import Emitted

Kind = Literal["paper", "alias", "revision"]

KINDS: dict[int, Kind] = {64: "paper", 35: "alias", 36: "revision"}
"""By the bytes of the record."""

OUT = 1 << 63
"""Bit of an owner's offset: the record was read from ``unique``."""

FORGOTTEN = 1 << 7
"""Bit of a paper's revision: it is taken down."""

_OWNER = struct.Struct(">HQ")


@dataclass(frozen=True, slots=True)
class Entry:
    """A wording in the index.

    Args:
        wording_id: of the wording.
        kind: whether it is a paper of its own, or another wording of one.
        partition: of its owner in ``papers``; of a revised paper that of the latest revision's.
        offset: of its owner.
        is_out: it was read from ``unique`` by a catch-up.
        paper_id: of the paper that it is a wording of.
        revision: its own, or the latest of a paper; 0 for an alias.
        forgotten: the paper is taken down.
    """

    wording_id: str
    kind: Kind
    partition: int
    offset: int
    is_out: bool
    paper_id: str
    revision: int
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the index has of a record of ``unique``.

    Args:
        entry: of its wording.
        paper: of its paper id.
        lost_keys: keys of its signature under which no paper is found.
    """

    entry: Entry | None
    paper: Entry | None
    lost_keys: int


def entry(wording_id: str, record: bytes) -> Entry:
    """Read a record of the index."""
    kind = KINDS[len(record)]
    partition, offset = _OWNER.unpack_from(record, 8)
    paper_id = wording_id if kind == "paper" else record[18:34].hex()
    return Entry(
        wording_id=wording_id,
        kind=kind,
        partition=partition,
        offset=offset & ~OUT,
        is_out=bool(offset & OUT),
        paper_id=paper_id,
        revision=0 if kind == "alias" else record[-1] & ~FORGOTTEN,
        forgotten=kind == "paper" and bool(record[-1] & FORGOTTEN),
    )


def wording_of(field: bytes, record: bytes) -> str:
    """Give the wording id of a record by the field of its bucket."""
    return (field[:8] + record[:8]).hex()


def differences(emitted: Emitted, found: Found) -> Iterator[str]:
    """Say how the index differs from a record of ``unique``.

    What has a later revision goes by that, and is compared where the record of that one is.
    """
    owned, entry = emitted.claim.owned, found.entry
    if entry is None:
        yield f"wording {owned.wording_id} is not in the index"
        return
    is_first = emitted.paper_id == owned.wording_id
    if entry.paper_id != emitted.paper_id:
        yield f"the index takes it for one of paper {entry.paper_id}, not of {emitted.paper_id}"
    elif entry.kind != ("paper" if is_first else "revision"):
        yield f"the index takes it for the {entry.kind} of a paper that is out, and not emitted"
    else:
        yield from _revision(emitted, entry)
    if not is_first:
        yield from (f"its paper: {what}" for what in _paper(emitted, found.paper))
    if found.lost_keys:
        yield f"{found.lost_keys} of its keys lead to no paper: near copies are not recognised"


def _paper(emitted: Emitted, paper: Entry | None) -> Iterator[str]:
    if paper is None:
        yield f"{emitted.paper_id} is not in the index"
    else:
        yield from _revision(emitted, paper)


def _revision(emitted: Emitted, entry: Entry) -> Iterator[str]:
    owned = emitted.claim.owned
    if entry.revision < emitted.revision:
        yield f"the index has revision {entry.revision}, not {emitted.revision}"
    elif entry.revision > emitted.revision:
        return
    elif (entry.partition, entry.offset) != (owned.partition, owned.offset):
        yield (
            f"the index has {entry.partition}/{entry.offset} of papers for its owner, "
            f"not {owned.partition}/{owned.offset}"
        )
    elif entry.kind == "paper" and entry.forgotten != emitted.forgets:
        taken = "taken down" if entry.forgotten else "not taken down"
        yield f"the index has it as {taken}"
