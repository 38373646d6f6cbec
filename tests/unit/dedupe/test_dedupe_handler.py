"""One lane of dedupe against the index in memory."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from services.common.codec import decode
from services.common.errors import Stale
from services.common.outcomes import Headers, Message, Outcome
from services.common.records import Paper, Sighting, Verdict
from services.common.topics import RECORD_BYTES
from services.dedupe.controls import forget, remember, split
from services.dedupe.emitting import OWNER, SIGNATURE, read_owner
from services.dedupe.handler import DedupeSession
from services.dedupe.signature import FORGETS
from tests.fake_index import FakeIndex
from tests.invented import Record, page, paper, record_of


class Caught:
    """A catch-up with nothing to read."""

    doing = None

    def __init__(self, index: FakeIndex) -> None:
        self.index = index
        self.runs = 0

    async def run(self) -> None:
        self.runs += 1
        lock = await self.index.lock()
        assert lock is not None
        await self.index.restore(lock, (), done=True)


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


async def opened(index: FakeIndex, lane: int = 0, position: int = 0) -> DedupeSession:
    """Give a session that has learned and validated, as a lane has it do."""
    session = DedupeSession(lane, index=index, catch_up=Caught(index))
    await session.learn()
    try:
        await session.validated(position)
    except Stale:
        await session.learn()
        await session.validated(position)
    return session


def topics(outcome: Outcome) -> list[str]:
    return [message.topic for message in outcome.messages]


async def test_an_index_that_must_be_caught_up_makes_the_lane_learn_again(index: FakeIndex) -> None:
    catch_up = Caught(index)
    session = DedupeSession(0, index=index, catch_up=catch_up)
    await session.learn()
    with pytest.raises(Stale):
        await session.validated(0)
    await session.learn()
    await session.validated(0)
    assert catch_up.runs == 1


async def test_a_new_paper_is_emitted_and_sighted(index: FakeIndex) -> None:
    session, listed = await opened(index), paper("weir")
    (outcome,) = await session.handle([record_of(listed, offset=7, partition=2)])
    assert (outcome.verdict, topics(outcome)) == ("new", ["unique", "sightings"])
    emitted, sighted = outcome.messages
    unique, sighting = decode(emitted.value, Paper), decode(sighted.value, Sighting)
    assert unique.paper_id == unique.wording_id == listed.wording_id
    assert emitted.key == emitted.partition_key == listed.wording_id.encode()
    assert read_owner(dict(emitted.headers)[OWNER]) == (2, 7)
    assert (sighting.verdict, sighting.similarity) == (Verdict.NEW, 1.0)
    assert sighting.page == listed.page


async def test_a_duplicate_is_only_sighted_and_keeps_its_own_page(index: FakeIndex) -> None:
    session = await opened(index)
    first, again = paper("weir"), paper("weir", page=page(source="elsewhere", position=3))
    outcomes = await session.handle([record_of(first, offset=0), record_of(again, offset=1)])
    assert [outcome.verdict for outcome in outcomes] == ["new", "exact"]
    assert topics(outcomes[1]) == ["sightings"]
    sighting = decode(outcomes[1].messages[0].value, Sighting)
    assert (sighting.verdict, sighting.page.source) == (Verdict.EXACT, "elsewhere")


async def test_a_replayed_record_is_emitted_again(index: FakeIndex) -> None:
    record = record_of(paper("weir"), offset=4)
    await (await opened(index)).handle([record])
    (outcome,) = await (await opened(index)).handle([record])
    assert topics(outcome) == ["unique", "sightings"]


async def test_a_record_below_the_committed_offset_is_a_duplicate(index: FakeIndex) -> None:
    record = record_of(paper("weir"), offset=4)
    session = await opened(index)
    await session.handle([record])
    await session.committed(5, {("unique", 0): 9})
    await session.committed(5, {})
    (outcome,) = await (await opened(index, position=5)).handle([record])
    assert outcome.verdict == "exact"


async def test_a_lane_that_was_rewound_has_the_index_made_anew(index: FakeIndex) -> None:
    session = await opened(index, lane=3)
    await session.committed(5, {})
    index.held_lineage = "first"
    rewound = DedupeSession(3, index=index, catch_up=Caught(index))
    await rewound.learn()
    with pytest.raises(Stale, match="from 5 to 2"):
        await rewound.validated(2)
    assert (await index.learn(), await index.lineage()) == (None, None)


async def test_a_lane_that_is_where_the_index_knows_it_goes_on(index: FakeIndex) -> None:
    session = await opened(index, lane=3)
    await session.committed(5, {})
    mark = await index.learn()
    await opened(index, lane=3, position=5)
    await opened(index, lane=4, position=0)
    assert await index.learn() == mark


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Record(b"no paper"), "not_a_record"),
        (Record(None), "not_a_record"),
        (record_of(paper("weir", wording_id="0" * 32)), "wrong_wording_id"),
        (record_of(paper("weir", title=None, abstract="$ — $")), "no_words"),
        (record_of(paper("weir", abstract="long " * (RECORD_BYTES // 5))), "paper_too_large"),
    ],
)
async def test_what_can_never_succeed_is_refused_before_any_claim(
    index: FakeIndex, record: Record, reason: str
) -> None:
    session = await opened(index)
    healthy = record_of(paper("healthy"), offset=1)
    refused, accepted = await session.handle([record, healthy])
    assert (refused.rejected, topics(refused)) == ((reason,), ["dead-letter"])
    assert refused.messages[0].value == (record.value or b"")
    assert accepted.verdict == "new"
    assert len(index.records) == 1


async def test_a_loss_of_the_index_vetoes_what_was_claimed_before(index: FakeIndex) -> None:
    session = await opened(index)
    outcomes = await session.handle([record_of(paper("weir"))])
    index.lose()
    with pytest.raises(Stale):
        await session.verify(outcomes)


async def test_a_batch_that_emits_nothing_needs_no_second_look(index: FakeIndex) -> None:
    session = await opened(index)
    await session.handle([record_of(paper("weir"), offset=0)])
    outcomes = await session.handle([record_of(paper("weir"), offset=1)])
    index.lose()
    await session.verify(outcomes)


async def test_what_is_committed_travels_with_the_next_claim(index: FakeIndex) -> None:
    session = await opened(index, lane=3)
    await session.committed(12, {("unique", 1): 40, ("sightings", 0): 99})
    assert index.checkpoint == {}
    await session.handle([record_of(paper("weir"), offset=12)])
    assert (index.committed, index.checkpoint) == ({3: 12}, {1: 41})


async def test_an_idle_lane_reports_by_itself(index: FakeIndex) -> None:
    session = await opened(index, lane=3)
    await session.committed(12, {("unique", 1): 40})
    await session.committed(13, {})
    assert (index.committed, index.checkpoint) == ({3: 13}, {1: 41})


async def test_more_than_one_call_of_papers_keeps_their_order(index: FakeIndex) -> None:
    session = await opened(index)
    seeds = [number % 400 for number in range(600)]
    records = [record_of(paper(seed), offset=at) for at, seed in enumerate(seeds)]
    verdicts = [outcome.verdict for outcome in await session.handle(records)]
    assert verdicts == ["new"] * 400 + ["exact"] * 200


def control(message: Message, *, offset: int, partition: int = 0) -> Record:
    """Give a control record as it stands on ``papers``."""
    return Record(message.value, message.key, "", partition, offset, headers=message.headers)


def emitted_paper(outcome: Outcome) -> tuple[Message, Paper]:
    message = outcome.messages[0]
    return message, decode(message.value, Paper)


async def test_a_takedown_blanks_the_paper_on_unique_and_is_not_sighted(index: FakeIndex) -> None:
    session = await opened(index)
    (first,) = await session.handle([record_of(paper("weir"), offset=0)])
    message, unique = emitted_paper(first)
    await session.committed(1, {("unique", 0): 0})
    asked = forget(unique, dict(message.headers)[SIGNATURE], follows=0)
    (outcome,) = await session.handle([control(asked, offset=1)])
    assert (outcome.verdict, topics(outcome)) == ("forgotten", ["unique"])
    blanked, blank = emitted_paper(outcome)
    assert (blanked.key, blanked.partition_key) == (message.key, message.partition_key)
    assert (blank.title, blank.abstract, blank.authors, blank.flags) == (
        None,
        None,
        (),
        ("forgotten",),
    )
    assert (blank.paper_id, blank.revision) == (unique.paper_id, 1)
    assert dict(blanked.headers)[SIGNATURE][45] & FORGETS
    await session.committed(2, {("unique", 0): 1})
    (copy,) = await session.handle([record_of(paper("weir"), offset=2)])
    assert (copy.verdict, topics(copy)) == ("exact", ["sightings"])
    assert [measure.metric for measure in copy.measures] == ["forgotten_sightings_total"]


async def test_a_takedown_is_undone_by_the_words_that_come_with_it(index: FakeIndex) -> None:
    session = await opened(index)
    (first,) = await session.handle([record_of(paper("weir"), offset=0)])
    message, unique = emitted_paper(first)
    await session.committed(1, {})
    taken = forget(unique, dict(message.headers)[SIGNATURE], follows=0)
    await session.handle([control(taken, offset=1)])
    await session.committed(2, {})
    (outcome,) = await session.handle([control(remember(unique, follows=1), offset=2)])
    _, back = emitted_paper(outcome)
    assert (outcome.verdict, back.title, back.revision) == ("remembered", unique.title, 2)


async def test_what_comes_after_a_takedown_waits_with_it(index: FakeIndex) -> None:
    session = await opened(index)
    batch = [record_of(paper("weir"), offset=0), record_of(paper("other"), offset=1)]
    asked = forget(
        msgspec.structs.replace(paper("weir"), paper_id=paper("weir").wording_id),
        bytes(134),
        follows=0,
    )
    records = [*batch, control(asked, offset=2), record_of(paper("third"), offset=3)]
    handled = await session.handle(records)
    assert [outcome.verdict for outcome in handled] == ["new", "new"]
    await session.committed(2, {})
    handled = await session.handle(records[2:])
    assert [outcome.verdict for outcome in handled] == ["forgotten", "new"]


async def test_a_takedown_that_comes_too_late_writes_nothing(index: FakeIndex) -> None:
    session = await opened(index)
    (first,) = await session.handle([record_of(paper("weir"), offset=0)])
    _, unique = emitted_paper(first)
    await session.committed(1, {})
    late = control(forget(unique, bytes(134), follows=3), offset=1)
    (outcome,) = await session.handle([late])
    assert (outcome.verdict, outcome.messages) == ("superseded", ())


async def test_a_near_copy_that_is_split_off_is_emitted_and_not_sighted(index: FakeIndex) -> None:
    session = await opened(index)
    first = paper("weir")
    near = paper("weir", abstract=first.abstract and first.abstract.replace("a", "e", 1))
    await session.handle([record_of(first, offset=0), record_of(near, offset=1)])
    await session.committed(2, {})
    (outcome,) = await session.handle([control(split(near), offset=2)])
    assert (outcome.verdict, topics(outcome)) == ("split", ["unique"])
    _, unique = emitted_paper(outcome)
    assert unique.paper_id == near.wording_id
    assert [each.paper_id for each in unique.related] == [first.wording_id]


@pytest.mark.parametrize(
    "headers",
    [
        (("headrace.control", b"dance"),),
        (("headrace.control", b"forget"),),
        (("headrace.control", b"forget"), ("headrace.follows", b"0")),
        (("headrace.control", b"remember"), ("headrace.follows", b"-1")),
    ],
)
async def test_a_control_record_that_says_too_little_is_refused(
    index: FakeIndex, headers: Headers
) -> None:
    session = await opened(index)
    asked = paper("weir", paper_id="a" * 32)
    record = dataclasses.replace(record_of(asked), headers=headers)
    (outcome,) = await session.handle([record])
    assert outcome.rejected == ("bad_control",)
