"""How well the index tells papers apart: labelled pairs, claimed on a real Valkey.

Run as ``python -m bench.dedupe quality``. All papers are claimed in one index, the first of every
pair and then the second ones, so that each meets all others, too: a paper merged with another one
than its partner is a wrong merge.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.dedupe.likeness import is_meant
from bench.dedupe.pairs import Labelled, labelled
from bench.dedupe.papers import Writer
from bench.dedupe.servers import new_index, running_valkey
from services.common.records import Paper
from services.dedupe.claims import Claim, Owned, Report
from services.dedupe.index import RedisIndex
from services.dedupe.signature import signed

SEEDS = {"tuning": 1, "figure": 2}
BATCH = 256


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair with what the rule means, and whether the index merged it.

    Args:
        strangers: papers of other pairs that one of the two was merged with.
    """

    pair: Labelled
    is_meant: bool
    is_merged: bool
    strangers: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over some pairs.

    Args:
        meant: pairs of one work that the rule means to merge.
        found: of these, merged.
        merged: all merges, those of one work and the wrong ones.
        wrong: merges of two works.
    """

    pairs: int
    one_work: int
    one_work_merged: int
    meant: int
    found: int
    merged: int
    wrong: int

    @property
    def precision(self) -> float:
        return 1 - self.wrong / self.merged if self.merged else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.meant if self.meant else 1.0


def figures(judged: Sequence[Judged]) -> Figures:
    """Count; a merge with a stranger is a wrong one."""
    one = [each for each in judged if each.pair.is_one_work]
    meant = [each for each in one if each.is_meant]
    strangers = sum(each.strangers for each in judged)
    wrong = sum(each.is_merged for each in judged if not each.pair.is_one_work) + strangers
    return Figures(
        pairs=len(judged),
        one_work=len(one),
        one_work_merged=sum(each.is_merged for each in one),
        meant=len(meant),
        found=sum(each.is_merged for each in meant),
        merged=sum(each.is_merged for each in judged) + strangers,
        wrong=wrong,
    )


async def judged(index: RedisIndex, mark: str, pairs: Sequence[Labelled]) -> list[Judged]:
    """Claim both papers of each pair, and compare the paper ids that they are given."""
    papers = [pair.papers[side] for side in (0, 1) for pair in pairs]
    ids = await claimed(index, mark, papers)
    verdicts = zip(pairs, ids[: len(pairs)], ids[len(pairs) :], strict=True)
    return [
        Judged(pair, is_meant(*pair.papers), left == right, _strangers(pair, left, right))
        for pair, left, right in verdicts
    ]


async def claimed(index: RedisIndex, mark: str, papers: Sequence[Paper]) -> list[str]:
    """Give the paper id of each, claimed one after the other in one lane."""
    ids: list[str] = []
    while len(ids) < len(papers):
        batch = papers[len(ids) : len(ids) + BATCH]
        claims = [
            Claim(Owned(paper.wording_id, 0, at), signature)
            for at, (paper, signature) in enumerate(
                zip(batch, signed(batch), strict=True), len(ids)
            )
        ]
        # All before are committed: what revises a paper waits for nothing but its own batch.
        answers = await index.claim(mark, Report(0, len(ids), {}), claims)
        ids += (answer.paper_id for answer in answers)
    return ids


def _strangers(pair: Labelled, left: str, right: str) -> int:
    first, second = (paper.wording_id for paper in pair.papers)
    return (left != first) + (right not in (first, second, left))


def table(results: Sequence[Judged]) -> Iterator[str]:
    """Give the lines: a kind each, then all."""
    yield f"{'kind':36}{'pairs':>7}{'meant':>7}{'found':>7}{'recall':>9}{'merged':>8}{'wrong':>7}"
    for kind in dict.fromkeys(each.pair.kind for each in results):
        yield _line(kind, figures([each for each in results if each.pair.kind == kind]))
    every = figures(results)
    yield _line("all", every)
    yield f"precision {every.precision:.3%}, recall {every.recall:.3%}"


def _line(kind: str, of: Figures) -> str:
    recall = f"{of.recall:.2%}" if of.meant else ""
    return f"{kind:36}{of.pairs:7,}{of.meant:7,}{of.found:7,}{recall:>9}{of.merged:8,}{of.wrong:7,}"


async def show(*, each: int, half: str) -> None:
    """Print the table of so many pairs of each kind."""
    pairs = labelled(Writer(random.Random(SEEDS[half])), each)
    with running_valkey() as server:
        async with new_index(server, capacity=2 * len(pairs)) as (index, mark):
            results = await judged(index, mark, pairs)
    print(f"{len(pairs):,} pairs for the {half}")
    print("\n".join(table(results)))
