"""The index in memory: the claim script in Python, held to the same contract as the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common.errors import Stale
from services.dedupe.index import Lock, Owned, Report


class FakeIndex:
    """What one server would hold; ``lose`` is its loss."""

    def __init__(self) -> None:
        self.lifetime = 0
        self.marks = 0
        self.mark: str | None = None
        self.held: str | None = None
        self.owners: dict[str, tuple[int, int]] = {}
        self.committed: dict[int, int] = {}
        self.checkpoint: dict[int, int] = {}
        self.restored: set[str] = set()
        self.held_lineage: str | None = None

    def lose(self) -> None:
        self.lifetime += 1
        self.mark = self.held = None
        self._empty()

    def _empty(self) -> None:
        self.owners, self.committed, self.checkpoint = {}, {}, {}
        self.restored, self.held_lineage = set(), None

    async def learn(self) -> str | None:
        return self.mark

    async def claim(self, mark: str, report: Report, papers: Sequence[Owned]) -> str:
        if mark != self.mark:
            raise Stale("another lifetime")
        for partition, offset in report.checkpoint.items():
            self.checkpoint[partition] = max(offset, self.checkpoint.get(partition, -1))
        committed = max(report.committed, self.committed.get(report.lane, -1))
        self.committed[report.lane] = committed
        return "".join(self._claim(paper, committed) for paper in papers)

    def _claim(self, paper: Owned, committed: int) -> str:
        me = (paper.partition, paper.offset)
        if paper.wording_id not in self.owners:
            self.owners[paper.wording_id] = me
            return "N"
        mine = self.owners[paper.wording_id] == me and paper.wording_id not in self.restored
        return "O" if mine and paper.offset >= committed else "D"

    async def release(self, mark: str, paper: Owned) -> None:
        if mark != self.mark:
            raise Stale("another lifetime")
        passed = paper.offset < self.committed.get(paper.partition, 0)
        if passed or paper.wording_id in self.restored:
            return
        if self.owners.get(paper.wording_id) == (paper.partition, paper.offset):
            del self.owners[paper.wording_id]

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
        papers: Sequence[Owned],
        *,
        checkpoint: Mapping[int, int] | None = None,
        done: bool = False,
    ) -> None:
        self._hold(lock)
        for paper in papers:
            me = (paper.partition, paper.offset)
            if self.owners.setdefault(paper.wording_id, me) == me:
                self.restored.add(paper.wording_id)
        self.checkpoint.update(checkpoint or {})
        if done:
            self.marks += 1
            self.mark, self.held = f"{self.lifetime}-{self.marks}", None

    def _hold(self, lock: Lock) -> None:
        if self.held != lock.token or lock.lifetime != str(self.lifetime):
            raise Stale("the lock was lost")
