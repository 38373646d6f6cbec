"""The index in memory: the scripts in Python, held to the same contract as the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.common.errors import Stale
from services.common.records import Related, Verdict
from services.dedupe.claims import Amendment, Answer, Claim, Emitted, Owned, Report
from services.dedupe.index import Lock
from services.dedupe.minhash import similarity_of

KEYS = 11
TITLE = 8
HAS_ABSTRACT, TRUNCATED, LONG = 32, 64, 128
REPLACES, STANDS_ALONE, FORGETS = 1, 2, 4
MOST_REVISIONS = 100


@dataclass(frozen=True)
class Held:
    """What is kept of a wording: a paper has ``words``, an alias and a revision a ``paper_id``."""

    owner: tuple[int, int]
    out: bool = False
    words: bytes = b""
    revision: int = 0
    paper_id: str | None = None
    agreeing: int = 128
    forgotten: bool = False


@dataclass
class Candidate:
    """A paper found under the keys of a signature."""

    paper_id: str
    held: Held
    texts: int
    by_title: bool = False
    by_identifier: bool = False


def agreeing(left: bytes, right: bytes) -> int:
    """Count the pairs of bits that are equal."""
    return sum(
        (a >> shift & 3) == (b >> shift & 3)
        for a, b in zip(left, right, strict=True)
        for shift in (0, 2, 4, 6)
    )


def same(signature: bytes, found: Candidate) -> bool:
    """The rule of docs/dedupe.md."""
    if found.by_identifier:
        return True
    mine, theirs = signature[44], found.held.words[44]
    (few, fewer), (many, more) = sorted(
        ((mine % 32, bits(signature)), (theirs % 32, bits(found.held.words))),
        key=lambda each: each[0],
    )
    if found.by_title and few >= 4 and few == many and fewer == more:
        return True
    if mine < LONG or theirs < LONG:
        return False
    if few and signature[43] != found.held.words[43]:
        return False
    if few == 0:
        return found.texts >= 107
    likeness = len(fewer & more) / max(1, len(fewer | more))
    if found.texts >= 117 and likeness >= 0.5:
        return True
    return found.texts >= 98 and few >= 5 and fewer <= more


def bits(words: bytes) -> set[int]:
    """Give the set of a title's words."""
    return {8 * at + bit for at in range(11) for bit in range(8) if words[32 + at] >> bit & 1}


def brings_more(signature: bytes, words: bytes) -> bool:
    mine, theirs = signature[44], words[44]
    has, had = bool(mine & HAS_ABSTRACT), bool(theirs & HAS_ABSTRACT)
    cut, was_cut = bool(mine & TRUNCATED), bool(theirs & TRUNCATED)
    return bool(signature[45] & REPLACES) or (has and not had) or (has and was_cut and not cut)


class FakeIndex:
    """What one server would hold; ``lose`` is its loss."""

    def __init__(self, *, revises: bool = True) -> None:
        self.revises = revises
        self.lifetime = 0
        self.marks = 0
        self.mark: str | None = None
        self.held: str | None = None
        self._empty()

    def lose(self) -> None:
        self.lifetime += 1
        self.mark = self.held = None
        self._empty()

    def _empty(self) -> None:
        self.records: dict[str, Held] = {}
        self.keys: dict[bytes, str] = {}
        self.committed: dict[int, int] = {}
        self.checkpoint: dict[int, int] = {}
        self.held_lineage: str | None = None

    async def learn(self) -> str | None:
        return self.mark

    async def claim(self, mark: str, report: Report, claims: Sequence[Claim]) -> list[Answer]:
        if mark != self.mark:
            raise Stale("another lifetime")
        for partition, offset in report.checkpoint.items():
            self.checkpoint[partition] = max(offset, self.checkpoint.get(partition, -1))
        self.committed[report.lane] = max(report.committed, self.committed.get(report.lane, -1))
        answers: list[Answer] = []
        for claim in claims:
            answer = self._claim(claim)
            if answer is None:
                break
            answers.append(answer)
        return answers

    def _claim(self, claim: Claim) -> Answer | None:
        owned, signature = claim.owned, claim.signature
        me = (owned.partition, owned.offset)
        known = self.records.get(owned.wording_id)
        alone = bool(signature[45] & STANDS_ALONE)
        splits = known is not None and bool(known.paper_id) and not known.revision and alone
        if known is not None and (splits or self._is_orphan(known, owned)):
            del self.records[owned.wording_id]
        elif known is not None:
            return self._seen(known, owned, signature)
        self._supersede(signature, owned)
        merged, waiting, related = self._sorted_out(signature, owned)
        if merged is None and waiting is None:
            self.records[owned.wording_id] = Held(me, words=signature[:45])
            self._take(signature, owned.wording_id)
            return Answer(Verdict.NEW, owned.wording_id, related=related)
        if merged is None:
            return None
        paper = merged.held
        revised = (
            self.revises
            and brings_more(signature, paper.words)
            and not paper.forgotten
            and paper.revision < MOST_REVISIONS
            and not self._comes_later(paper, owned)
        )
        similarity = similarity_of(merged.texts, 128)
        if not revised:
            self._take(signature, merged.paper_id, first=TITLE + 1)
            self.records[owned.wording_id] = Held(
                me, paper_id=merged.paper_id, agreeing=merged.texts
            )
            return Answer(Verdict.NEAR, merged.paper_id, similarity, forgotten=paper.forgotten)
        if not self._is_committed(paper):
            return None
        self._take(signature, merged.paper_id)
        revision = paper.revision + 1
        self.records[owned.wording_id] = Held(
            me, paper_id=merged.paper_id, agreeing=merged.texts, revision=revision
        )
        self.records[merged.paper_id] = Held(me, words=signature[:45], revision=revision)
        return Answer(Verdict.REVISED, merged.paper_id, similarity, revision)

    def _supersede(self, signature: bytes, owned: Owned) -> None:
        for each in self._candidates(signature, owned.wording_id):
            later = self._comes_later(each.held, owned) and not each.held.revision
            if later and same(signature, each):
                del self.records[each.paper_id]

    def _seen(self, known: Held, owned: Owned, signature: bytes) -> Answer:
        paper_id = known.paper_id or owned.wording_id
        mine = known.owner == (owned.partition, owned.offset)
        paper = self.records.get(paper_id)
        forgotten = paper is not None and paper.forgotten
        if not mine or self._is_committed(known):
            return Answer(Verdict.EXACT, paper_id, forgotten=forgotten)
        if known.paper_id is None:
            return Answer(Verdict.NEW, paper_id, related=self._sorted_out(signature, owned)[2])
        similarity = similarity_of(known.agreeing, 128)
        if known.revision:
            return Answer(Verdict.REVISED, paper_id, similarity, known.revision)
        return Answer(Verdict.NEAR, paper_id, similarity, forgotten=forgotten)

    def _sorted_out(
        self, signature: bytes, owned: Owned
    ) -> tuple[Candidate | None, Candidate | None, tuple[Related, ...]]:
        merged = waiting = None
        related: list[Related] = []
        for each in self._candidates(signature, owned.wording_id):
            settled = self._is_settled(each.held, owned)
            if same(signature, each) and not signature[45] & STANDS_ALONE:
                if settled:
                    merged = merged or each
                else:
                    waiting = waiting or each
            elif (
                settled
                and not each.held.forgotten
                and each.texts >= 80
                and min(signature[44], each.held.words[44]) >= LONG
                and len(related) < 3
            ):
                similarity = similarity_of(each.texts, 128)
                related.append(Related(paper_id=each.paper_id, similarity=similarity))
        return merged, waiting, tuple(related)

    def _candidates(self, signature: bytes, wording_id: str) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        for number, key in _keys(signature):
            paper_id = self.keys.get(key)
            held = self.records.get(paper_id or "")
            if paper_id is None or paper_id == wording_id or held is None or not held.words:
                continue
            texts = agreeing(signature[:32], held.words[:32])
            candidate = found.setdefault(paper_id, Candidate(paper_id, held, texts))
            candidate.by_title |= number == TITLE
            candidate.by_identifier |= number > TITLE
        order = lambda each: (not each.by_identifier, -each.texts, each.paper_id)  # noqa: E731
        return sorted(found.values(), key=order)

    def _take(self, signature: bytes, paper_id: str, *, first: int = 0) -> None:
        for number, key in _keys(signature):
            if number >= first and (first or self._is_free(key)):
                self.keys.setdefault(key, paper_id)
                if not first:
                    self.keys[key] = paper_id

    def _is_free(self, key: bytes) -> bool:
        held = self.records.get(self.keys.get(key, ""))
        return held is None or not held.words

    def _is_committed(self, held: Held) -> bool:
        partition, offset = held.owner
        return held.out or offset < self.committed.get(partition, -1)

    def _is_settled(self, held: Held, owned: Owned) -> bool:
        partition, offset = held.owner
        earlier = partition == owned.partition and offset < owned.offset
        revised_later = held.revision > 0 and self._comes_later(held, owned)
        return self._is_committed(held) or earlier or revised_later

    def _comes_later(self, held: Held, owned: Owned) -> bool:
        lane, offset = held.owner
        is_open = not held.out and lane == owned.partition
        return is_open and offset > owned.offset >= self.committed.get(lane, -1)

    def _is_orphan(self, held: Held, owned: Owned) -> bool:
        """Tell whether a near copy that its own record claims again has lost its paper."""
        is_alias = held.paper_id is not None and not held.revision
        if not is_alias or held.owner != (owned.partition, owned.offset):
            return False
        paper = self.records.get(held.paper_id or "")
        if paper is None or not paper.words:
            return not self._is_committed(held)
        stands = paper.revision > 0 or self._is_settled(paper, owned)
        return not (stands or self._is_committed(held))

    async def amend(self, mark: str, amendment: Amendment) -> Answer | None:
        if mark != self.mark:
            raise Stale("another lifetime")
        owned, paper_id = amendment.claim.owned, amendment.paper_id
        me = (owned.partition, owned.offset)
        first, known = self.records.get(paper_id), self.records.get(owned.wording_id)
        is_others = owned.wording_id != paper_id and known is not None and bool(known.words)
        refused = Answer(Verdict.EXACT, paper_id)
        if first is None or not first.words or is_others:
            return refused
        is_out = self._is_committed(first)
        if first.owner == me and not is_out:
            return Answer(Verdict.REVISED, paper_id, 1.0, first.revision)
        if first.owner == me or first.revision != amendment.follows:
            return refused
        return self._amended(amendment) if is_out else None

    def _amended(self, amendment: Amendment) -> Answer:
        owned, signature = amendment.claim.owned, amendment.claim.signature
        paper_id, me = amendment.paper_id, (owned.partition, owned.offset)
        revision = amendment.follows + 1
        self.records[paper_id] = Held(
            me, words=signature[:45], revision=revision, forgotten=bool(signature[45] & FORGETS)
        )
        if owned.wording_id != paper_id:
            self.records[owned.wording_id] = Held(me, paper_id=paper_id, revision=revision)
        for _, key in _keys(signature):
            self.keys.setdefault(key, paper_id)
        return Answer(Verdict.REVISED, paper_id, 1.0, revision)

    async def release(self, mark: str, paper: Owned) -> None:
        if mark != self.mark:
            raise Stale("another lifetime")
        held, me = self.records.get(paper.wording_id), (paper.partition, paper.offset)
        if held is None or held.owner != me or self._is_committed(held):
            return
        if held.words and held.revision:
            self.records[paper.wording_id] = replace(held, out=True)
            return
        del self.records[paper.wording_id]
        first = self.records.get(held.paper_id or "")
        if held.revision and held.paper_id and first is not None and first.owner == me:
            facts = first.words[44] & ~HAS_ABSTRACT
            words = first.words[:44] + bytes((facts,))
            self.records[held.paper_id] = replace(first, out=True, words=words)

    async def passed(self, lane: int) -> int:
        return self.committed.get(lane, 0)

    async def forget(self) -> None:
        self.mark = self.held_lineage = None

    async def lineage(self) -> str | None:
        return self.held_lineage

    async def wipe(self, lock: Lock, lineage: str) -> None:
        self._hold(lock)
        self._empty()
        self.held_lineage = lineage

    async def lock(self) -> Lock | None:
        if self.held is not None or self.mark is not None:
            return None
        self.held = f"token-{self.marks}-{self.lifetime}"
        return Lock(self.held, str(self.lifetime))

    async def restore(
        self,
        lock: Lock,
        papers: Sequence[Emitted],
        *,
        checkpoint: Mapping[int, int] | None = None,
        done: bool = False,
    ) -> None:
        self._hold(lock)
        for paper in papers:
            self._restore(paper)
        self.checkpoint.update(checkpoint or {})
        if done:
            self.marks += 1
            self.mark, self.held = f"{self.lifetime}-{self.marks}", None

    def _restore(self, emitted: Emitted) -> None:
        owned, signature = emitted.claim.owned, emitted.claim.signature
        me, paper_id, revision = (owned.partition, owned.offset), emitted.paper_id, emitted.revision
        forgotten = bool(signature[45] & FORGETS)
        paper = Held(me, words=signature[:45], revision=revision, forgotten=forgotten)
        self._keep(paper_id, paper)
        if paper_id != owned.wording_id:
            self._keep(owned.wording_id, Held(me, paper_id=paper_id, revision=revision, agreeing=0))
        for _, key in _keys(signature):
            self.keys.setdefault(key, paper_id)

    def _keep(self, wording_id: str, held: Held) -> None:
        known = self.records.get(wording_id, held)
        is_alias = not known.words and not known.revision
        is_earlier = bool(known.words) == bool(held.words) and known.revision < held.revision
        if is_alias or is_earlier:
            known = held
        if known.owner == held.owner:
            self.records[wording_id] = replace(known, out=True)

    def _hold(self, lock: Lock) -> None:
        if self.held != lock.token or lock.lifetime != str(self.lifetime):
            raise Stale("the lock was lost")


def _keys(signature: bytes) -> list[tuple[int, bytes]]:
    """Give the keys of a signature that are there, with their numbers."""
    found = ((number, signature[46 + 8 * number : 54 + 8 * number]) for number in range(KEYS))
    return [(number, key) for number, key in found if any(key)]
