"""What goes to the index and what comes back: claims, reports and answers."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from services.common.records import Related, Verdict
from services.dedupe.minhash import VALUES, similarity_of
from services.dedupe.signature import FORGETS, WORDS_BYTES

_OWNED = struct.Struct(">16sHQ")
_ANSWER = struct.Struct(">c16sBB")
_RELATED = struct.Struct(">16sB")

VERDICTS = {
    b"N": Verdict.NEW,
    b"O": Verdict.NEW,
    b"D": Verdict.EXACT,
    b"A": Verdict.NEAR,
    b"R": Verdict.REVISED,
}
"""O is a paper whose claim names the very record that asks: its earlier transaction was aborted.
Small letters are of a paper that is forgotten."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A wording and the coordinates in ``papers`` of the record that emits it."""

    wording_id: str
    partition: int
    offset: int

    def packed(self) -> bytes:
        return _OWNED.pack(bytes.fromhex(self.wording_id), self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class Claim:
    """A wording that its record would emit; ``signature`` as ``signature.signed`` gives it."""

    owned: Owned
    signature: bytes

    def packed(self) -> bytes:
        return self.owned.packed() + self.signature


@dataclass(frozen=True, slots=True)
class Amendment:
    """A takedown of a paper, or its undoing: the revision of it that follows ``follows``."""

    claim: Claim
    paper_id: str
    follows: int


@dataclass(frozen=True, slots=True)
class Emitted:
    """A wording that stands on ``unique``, under which paper id and as which revision of it."""

    claim: Claim
    paper_id: str
    revision: int

    @property
    def forgets(self) -> bool:
        """Whether it says that its paper is taken down."""
        return bool(self.claim.signature[WORDS_BYTES] & FORGETS)

    def packed(self) -> bytes:
        return self.claim.packed() + bytes.fromhex(self.paper_id) + bytes((self.revision,))


@dataclass(frozen=True, slots=True)
class Report:
    """What a lane has committed: its input offset, and one more than the highest acknowledged
    offset for each partition of ``unique``."""

    lane: int
    committed: int
    checkpoint: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the index says of one claim.

    Args:
        verdict: new and revised ones are emitted.
        paper_id: of the paper that the wording is one of.
        similarity: estimated Jaccard similarity to that paper's words.
        revision: of a revised paper, from 1.
        related: other papers that are much alike, for a new one.
        forgotten: the paper is taken down, and this one copy of it.
    """

    verdict: Verdict
    paper_id: str
    similarity: float = 1.0
    revision: int = 0
    related: tuple[Related, ...] = ()
    forgotten: bool = False


def answer(packed: bytes) -> Answer:
    """Read an answer of ``claim.lua``."""
    letter, paper, agreeing, revision = _ANSWER.unpack_from(packed)
    related = tuple(
        Related(paper_id=other.hex(), similarity=similarity_of(codes, VALUES))
        for other, codes in _RELATED.iter_unpack(packed[_ANSWER.size :])
    )
    return Answer(
        VERDICTS[letter.upper()],
        paper.hex(),
        similarity_of(agreeing, VALUES),
        revision,
        related,
        forgotten=letter.islower(),
    )
