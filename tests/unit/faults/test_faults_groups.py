"""The groups of a campaign are what they say: held to the rule, by the model of the index."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from services.common.records import Paper, Verdict
from services.dedupe.claims import Answer, Claim, Owned, Report
from services.dedupe.signature import signed
from tests.fake_index import FakeIndex
from tests.faults.groups import SHAPES, Group, group, groups

MANY = 400
MERGED = (Verdict.NEAR, Verdict.REVISED, Verdict.EXACT)


class Lane:
    """One lane on an index of its own, which commits each record at once."""

    def __init__(self) -> None:
        self._index = FakeIndex()
        self._offsets = itertools.count()

    async def see(self, one: Paper) -> Answer:
        if (mark := await self._index.learn()) is None:
            lock = await self._index.lock()
            assert lock is not None
            await self._index.restore(lock, (), done=True)
            mark = await self._index.learn()
        assert mark is not None
        offset = next(self._offsets)
        claim = Claim(Owned(one.wording_id, 0, offset), signed([one])[0])
        (answer,) = await self._index.claim(mark, Report(0, offset, {}), [claim])
        return answer


def fed(seed: int) -> list[Group]:
    return list(itertools.islice(groups(seed), MANY))


def test_a_seed_gives_the_same_groups() -> None:
    assert fed(7) == fed(7)
    assert fed(7) != fed(8)


def test_every_shape_is_fed_and_a_group_has_two_to_six_records() -> None:
    sizes = {shape: set[int]() for shape in SHAPES}
    for each in fed(7):
        sizes[each.shape].add(len(each.records))
    assert sizes.pop("alone") == {1}
    assert set().union(*sizes.values()) == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("shape", SHAPES)
async def test_two_wordings_of_a_group_are_merged_where_it_says_so(shape: str) -> None:
    made = group(shape, 7, random.Random(shape))
    by_id = {record.wording_id: record for record in made.records}
    for first, second in itertools.permutations(made.wordings, 2):
        lane = Lane()
        await lane.see(by_id[first])
        merged = (await lane.see(by_id[second])).verdict in MERGED
        assert merged == ({first, second} in made.alike), (first, second)


async def test_a_record_is_taken_for_a_paper_of_its_group_that_it_may_be_taken_for() -> None:
    lane, merged = Lane(), Counter[str]()
    for each in fed(8):
        for record in each.records:
            answer = await lane.see(record)
            named = (record.wording_id, answer.paper_id)
            assert record.wording_id == answer.paper_id or named in each.leads
            merged[answer.verdict.value] += 1
    assert min(merged[verdict.value] for verdict in Verdict) > 0


@pytest.mark.parametrize(
    ("shape", "is_transitive"),
    [
        ("alone", True),
        ("exact copies", True),
        ("one title", True),
        ("a title alone", True),
        ("reworded", True),
        ("one identifier", True),
        ("title, then identifier", False),
        ("title, then words", False),
        ("title, identifier, title", False),
        ("two identifiers", False),
    ],
)
def test_a_chain_is_not_transitive(shape: str, is_transitive: bool) -> None:
    assert group(shape, 7, random.Random(7)).is_transitive == is_transitive


def test_a_near_copy_leaves_its_identifier_to_its_paper() -> None:
    made = group("title, then identifier", 7, random.Random(7))
    identified = next(iter(made.identified))
    (title_only,) = set(made.wordings) - identified
    (other,) = identified - next(pair for pair in made.alike if title_only in pair)
    assert (other, title_only) in made.leads
    assert {other, title_only} not in made.alike
