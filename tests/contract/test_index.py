"""What every index must do: one suite for the real server and for the fake of the unit tests."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import redis.asyncio as redis
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.common.errors import ExitStatus, Fatal, Retryable, Stale
from services.common.loop import Loop
from services.common.records import Verdict
from services.dedupe import index as index_module
from services.dedupe.claims import Claim, Emitted, Owned, Report
from services.dedupe.index import Lock, RedisIndex, open_index
from services.dedupe.settings import DedupeSection, RedisSettings
from services.dedupe.survey import open_survey
from services.local.valkey import ValkeyServer
from tests.fake_index import FakeIndex
from tests.faults.network import Proxy

A, B, C = (digit * 32 for digit in "abc")


@dataclass
class Subject:
    """An index, and how its server loses everything."""

    index: RedisIndex | FakeIndex
    lose: Callable[[], Awaitable[object]]

    async def locked(self) -> Lock:
        """Give the lock of a catch-up in an index whose mark is gone."""
        await self.index.forget()
        lock = await self.index.lock()
        assert lock is not None
        return lock


@pytest.fixture
async def client(valkey: ValkeyServer) -> AsyncIterator[redis.Redis]:
    client = redis.Redis.from_url(valkey.url, protocol=3)
    yield client
    await client.aclose()


@pytest.fixture(params=["real", "fake"])
async def subject(
    request: pytest.FixtureRequest, valkey: ValkeyServer, client: redis.Redis
) -> AsyncIterator[Subject]:
    if request.param == "fake":
        fake = FakeIndex()

        async def lose() -> None:
            fake.lose()

        yield Subject(fake, lose)
        return
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as index:
        yield Subject(index, client.flushall)


LETTERS = {Verdict.NEW: "N", Verdict.EXACT: "D", Verdict.NEAR: "A", Verdict.REVISED: "R"}
UNLIKE = bytes(134)
"""A signature under which nothing is found."""


async def claim(
    index: RedisIndex | FakeIndex, mark: str, reported: Report, papers: Sequence[Owned]
) -> str:
    """Claim papers that are like no other; give a letter for each answer."""
    answers = await index.claim(mark, reported, [Claim(paper, UNLIKE) for paper in papers])
    return "".join(LETTERS[answer.verdict] for answer in answers)


async def restore(
    index: RedisIndex | FakeIndex, lock: Lock, papers: Sequence[Owned], **more: Any
) -> None:
    """Restore papers that are like no other."""
    emitted = [Emitted(Claim(paper, UNLIKE), paper.wording_id, 0) for paper in papers]
    await index.restore(lock, emitted, **more)


def owned(wording_id: str, offset: int, partition: int = 0) -> Owned:
    return Owned(wording_id, partition, offset)


def report(committed: int = 0, lane: int = 0, **checkpoint: int) -> Report:
    return Report(lane, committed, {int(name[1:]): value for name, value in checkpoint.items()})


async def caught_up(index: RedisIndex | FakeIndex) -> str:
    """Give the mark of an index with nothing to catch up."""
    lock = await index.lock()
    assert lock is not None
    await restore(index, lock, (), done=True)
    mark = await index.learn()
    assert mark is not None
    return mark


async def test_an_index_that_was_never_caught_up_has_no_mark(subject: Subject) -> None:
    assert await subject.index.learn() is None


async def test_the_first_claim_owns_and_every_other_is_a_duplicate(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    assert await claim(subject.index, mark, report(), [owned(A, 0), owned(B, 1)]) == "NN"
    assert await claim(subject.index, mark, report(lane=1), [owned(A, 0, partition=1)]) == "D"


async def test_a_record_whose_claim_names_itself_is_emitted_again(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    await claim(subject.index, mark, report(), [owned(A, 4)])
    assert await claim(subject.index, mark, report(), [owned(A, 4)]) == "N"


async def test_the_same_words_twice_in_one_call_are_new_once(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    assert await claim(subject.index, mark, report(), [owned(A, 0), owned(A, 1)]) == "ND"


async def test_a_rewound_group_emits_nothing_again(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    await claim(subject.index, mark, report(), [owned(A, 4)])
    await claim(subject.index, mark, report(committed=5), ())
    assert await claim(subject.index, mark, report(committed=0), [owned(A, 4)]) == "D"


async def test_a_claim_under_an_earlier_mark_is_stale_and_writes_nothing(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    await subject.lose()
    with pytest.raises(Stale):
        await claim(subject.index, mark, report(), [owned(A, 0)])
    fresh = await caught_up(subject.index)
    assert fresh != mark
    assert await claim(subject.index, fresh, report(), [owned(A, 9)]) == "N"


async def test_a_loss_and_a_second_catch_up_is_another_lifetime(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    await subject.lose()
    await caught_up(subject.index)
    with pytest.raises(Stale):
        await claim(subject.index, mark, report(), ())


async def test_catch_up_gives_owners_only_where_there_are_none(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    await claim(subject.index, mark, report(), [owned(A, 3)])
    lock = await subject.locked()
    await restore(subject.index, lock, [owned(A, 7), owned(B, 8)])
    await restore(subject.index, lock, (), checkpoint={0: 2}, done=True)
    mark = await subject.index.learn() or ""
    claims = [owned(A, 7), owned(A, 3), owned(B, 9)]
    assert await claim(subject.index, mark, report(), claims) == "DND"


@pytest.mark.parametrize("claimed", [True, False])
async def test_what_was_read_from_the_log_is_never_emitted_again_nor_given_up(
    subject: Subject, claimed: bool
) -> None:
    one, other = ("f" * 16 + digit * 16 for digit in "12")
    papers = [owned(one, 3), owned(other, 4)]
    mark = await caught_up(subject.index)
    if claimed:
        await claim(subject.index, mark, report(), papers)
    lock = await subject.locked()
    await restore(subject.index, lock, papers)
    await restore(subject.index, lock, papers, done=True)
    mark = await subject.index.learn() or ""
    for paper in papers:
        await subject.index.release(mark, paper)
    assert await claim(subject.index, mark, report(), papers) == "DD"


async def test_a_claim_that_its_lane_has_passed_is_not_given_up(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    await claim(subject.index, mark, report(), [owned(A, 4), owned(B, 5)])
    await claim(subject.index, mark, report(committed=5), ())
    for paper in (owned(A, 4), owned(B, 5)):
        await subject.index.release(mark, paper)
    assert await subject.index.passed(0) == 5
    claims = [owned(A, 7, partition=1), owned(B, 8, partition=1)]
    assert await claim(subject.index, mark, report(lane=1), claims) == "DN"


async def test_a_new_lineage_holds_nothing_of_the_old_one(subject: Subject) -> None:
    mark = await caught_up(subject.index)
    papers = [owned(f"{number:032x}", number) for number in range(100)]
    await claim(subject.index, mark, report(committed=3, p1=20), papers)
    lock = await subject.locked()
    await subject.index.wipe(lock, "second")
    assert await subject.index.lineage() == "second"
    assert await subject.index.passed(0) == 0
    await restore(subject.index, lock, (), done=True)
    mark = await subject.index.learn() or ""
    assert await claim(subject.index, mark, report(), papers) == "N" * 100
    assert await subject.index.lineage() == "second"


async def test_an_index_that_forgets_must_be_caught_up_in_a_new_lineage(subject: Subject) -> None:
    lock = await subject.locked()
    await subject.index.wipe(lock, "first")
    await restore(subject.index, lock, (), done=True)
    mark = await subject.index.learn() or ""
    await subject.index.forget()
    assert await subject.index.learn() is None
    assert await subject.index.lineage() is None
    with pytest.raises(Stale):
        await claim(subject.index, mark, report(), [owned(A, 0)])


async def test_nothing_is_wiped_without_the_lock(subject: Subject) -> None:
    lock = await subject.locked()
    await subject.lose()
    mark = await caught_up(subject.index)
    await claim(subject.index, mark, report(), [owned(A, 0)])
    with pytest.raises(Stale):
        await subject.index.wipe(lock, "late")
    assert await subject.index.lineage() is None
    assert await claim(subject.index, mark, report(), [owned(A, 0)]) == "N"


async def test_an_index_that_is_caught_up_is_not_locked_again(subject: Subject) -> None:
    await caught_up(subject.index)
    assert await subject.index.lock() is None
    await subject.index.forget()
    assert await subject.index.lock() is not None


async def test_one_catches_up_and_the_others_wait(subject: Subject) -> None:
    assert await subject.index.lock() is not None
    assert await subject.index.lock() is None


async def test_a_catch_up_whose_index_is_lost_again_writes_nothing(subject: Subject) -> None:
    lock = await subject.index.lock()
    assert lock is not None
    await subject.lose()
    with pytest.raises(Stale):
        await restore(subject.index, lock, [owned(A, 0)])
    mark = await caught_up(subject.index)
    assert await claim(subject.index, mark, report(), [owned(A, 5)]) == "N"


async def test_two_papers_with_the_same_first_bytes_are_two_papers(subject: Subject) -> None:
    one, other, third = ("f" * 16 + digit * 16 for digit in "123")
    mark = await caught_up(subject.index)
    claims = [owned(one, 0), owned(other, 1), owned(third, 2), owned(other, 3), owned(one, 4)]
    assert await claim(subject.index, mark, report(), claims) == "NNNDD"
    assert await claim(subject.index, mark, report(), claims[:2]) == "NN"
    lock = await subject.locked()
    await restore(subject.index, lock, [owned(other, 8)], done=True)
    mark = await subject.index.learn() or ""
    assert await claim(subject.index, mark, report(), [owned(other, 8), owned(other, 1)]) == "DN"


async def test_a_record_that_is_given_up_lets_go_of_its_own_claim_only(subject: Subject) -> None:
    one, other = ("f" * 16 + digit * 16 for digit in "12")
    mark = await caught_up(subject.index)
    await claim(subject.index, mark, report(), [owned(one, 0), owned(other, 1)])
    await subject.index.release(mark, owned(one, 9))
    await subject.index.release(mark, owned(other, 1))
    claims = [owned(one, 5), owned(other, 6)]
    assert await claim(subject.index, mark, report(), claims) == "DN"
    await subject.lose()
    with pytest.raises(Stale):
        await subject.index.release(mark, owned(one, 0))


wordings = st.sampled_from([A, B, C, "f" * 16 + "1" * 16, "f" * 16 + "2" * 16])
places = st.tuples(st.integers(0, 2), st.integers(0, 5))
calls = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 6),
        st.dictionaries(st.integers(0, 2), st.integers(0, 50), max_size=2),
        st.lists(st.tuples(wordings, places), max_size=6),
    ),
    max_size=12,
)


@given(calls=calls)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_any_sequence_of_claims_is_answered_as_the_model_answers(
    calls: list[tuple[int, int, dict[int, int], list[tuple[str, tuple[int, int]]]]],
    valkey: ValkeyServer,
) -> None:
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as real:
        model = FakeIndex()
        marks = [await caught_up(index) for index in (real, model)]
        for lane, committed, checkpoint, claims in calls:
            papers = [Owned(wording, *place) for wording, place in claims]
            reports = Report(lane, committed, checkpoint)
            answers = [
                await claim(index, mark, reports, papers)
                for index, mark in zip((real, model), marks, strict=True)
            ]
            assert answers[0] == answers[1]


async def test_reports_keep_their_maxima(valkey: ValkeyServer, client: redis.Redis) -> None:
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as index:
        mark = await caught_up(index)
        for committed, checkpoint in ((5, 20), (3, 10)):
            await claim(index, mark, report(committed, p1=checkpoint), ())
    prefix = f"headrace:{{{section.namespace}}}:"
    assert await client.hgetall(prefix + "committed") == {b"0": b"5"}
    assert await client.hgetall(prefix + "checkpoint") == {b"1": b"20"}


async def test_a_paper_takes_one_short_entry(valkey: ValkeyServer, client: redis.Redis) -> None:
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as index:
        mark = await caught_up(index)
        papers = [owned(f"{number:032x}", number) for number in range(500)]
        assert set(await claim(index, mark, report(), papers)) == {"N"}
    keys = [key async for key in client.scan_iter(f"headrace:{{{section.namespace}}}:r*")]
    assert {await client.object("encoding", key) for key in keys} == {b"listpack"}


@pytest.mark.parametrize(
    ("binding", "capacity", "layout"),
    [
        ("group=b papers=p", 1_000, index_module.LAYOUT),
        ("group=a papers=q", 1_000, index_module.LAYOUT),
        ("group=a papers=p", 2_000, index_module.LAYOUT),
        ("group=a papers=p", 1_000, "exact-1"),
    ],
)
async def test_a_namespace_belongs_to_one_stream_one_capacity_and_one_layout(
    valkey: ValkeyServer,
    monkeypatch: pytest.MonkeyPatch,
    binding: str,
    capacity: int,
    layout: str,
) -> None:
    namespace, server = uuid.uuid4().hex, RedisSettings(url=valkey.url)
    first = DedupeSection(namespace=namespace, capacity=1_000)
    async with open_index(server, first, binding="group=a papers=p") as index:
        await caught_up(index)
    monkeypatch.setattr(index_module, "LAYOUT", layout)
    other = DedupeSection(namespace=namespace, capacity=capacity)
    async with open_index(server, other, binding=binding) as index:
        with pytest.raises(Fatal, match=r"group=a papers=p.*HEADRACE_DEDUPE__NAMESPACE") as caught:
            await index.learn()
    assert caught.value.status is ExitStatus.CONFIGURATION


async def test_a_server_that_may_drop_papers_is_refused(
    valkey: ValkeyServer, client: redis.Redis
) -> None:
    await client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        async with open_index(
            RedisSettings(url=valkey.url), DedupeSection(), binding="tests"
        ) as index:
            with pytest.raises(Fatal, match="allkeys-lru"):
                await index.learn()
        assert await may_evict(valkey)
    finally:
        await client.config_set("maxmemory-policy", "noeviction")
    assert not await may_evict(valkey)


async def may_evict(valkey: ValkeyServer) -> bool:
    """Ask as a dedupe that runs does, each minute."""
    async with open_survey(RedisSettings(url=valkey.url), DedupeSection()) as survey:
        return (await survey.server()).evicts


async def test_a_server_that_is_away_is_waited_for(new_port: Callable[[], int]) -> None:
    away = RedisSettings(url=f"redis://127.0.0.1:{new_port()}/0", timeout_seconds=0.5)
    async with open_index(away, DedupeSection(), binding="tests") as index:
        with pytest.raises(Retryable) as caught:
            await index.learn()
    assert caught.value.reason == "redis_unavailable"


def test_a_connection_that_was_reset_is_opened_anew(
    valkey: ValkeyServer, new_port: Callable[[], int]
) -> None:
    """On the loop of the services: uvloop alone raises what no client knows."""
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)

    async def scenario() -> None:
        proxy = Proxy(new_port(), valkey.port)
        await proxy.start()
        url = f"redis://{proxy.address}/0"
        async with open_index(RedisSettings(url=url), section, binding="tests") as index:
            await index.learn()
            assert proxy.reset() == 1
            # Long enough for the loop to see it.
            await asyncio.sleep(0.05)
            with pytest.raises(Retryable) as caught:
                await index.learn()
            assert caught.value.reason == "redis_unavailable"
            await index.learn()
        await proxy.stop()

    uvloop.run(scenario(), loop_factory=Loop)


async def test_a_server_without_the_scripts_is_given_them(
    valkey: ValkeyServer, client: redis.Redis
) -> None:
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as index:
        mark = await caught_up(index)
        await client.script_flush()
        assert await claim(index, mark, report(), [owned(A, 0)]) == "N"
