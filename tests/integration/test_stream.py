"""The stream on a real Kafka: what read_committed readers see, and what lanes ask of sessions."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable, Sequence

import pytest
from aiokafka import TopicPartition

from services.common import reader
from services.common.admin import create_topics
from services.common.dead_letters import refuse
from services.common.errors import Rejected, Retryable, Stale
from services.common.headers import INPUT, REFUSED
from services.common.outcomes import InputRecord, Message, Outcome, header
from services.common.packing import ROOM_BYTES, TOO_LARGE
from services.common.refusals import TOO_MANY
from services.common.settings import KafkaSettings, TopicSettings
from services.common.topics import DEAD_LETTER, PAPERS, RECORD_BYTES, UNIQUE
from services.local.kafka import KafkaServer
from services.local.ports import HOST
from tests.integration.streams import Case, copy, copy_all, numbers, settings_for, until

STEPS = ("learn", "validated", "handle", "verify", "committed")


@pytest.fixture
async def case(kafka: KafkaServer, topic_settings: TopicSettings) -> Case:
    return await new_case(kafka, topic_settings)


async def new_case(kafka: KafkaServer, topic_settings: TopicSettings) -> Case:
    settings = settings_for(kafka.settings(), topic_settings, batch_records=50)
    await create_topics(settings.kafka, settings.topics)
    return Case(settings)


async def test_every_record_is_written_once_and_in_order(case: Case):
    async with case.worker():
        for partition in range(4):
            await case.feed(numbers(0, 120), partition=partition)
        for partition in range(4):
            await case.wait_written(numbers(0, 120), partition=partition)
    inputs = [header(record, INPUT) for record in await case.records()]
    prefix = f"{case.route.group}/{case.name(PAPERS)}"
    assert sorted(inputs) == sorted(
        f"{prefix}/{p}/{o}".encode() for p in range(4) for o in range(120)
    )


async def test_a_record_says_what_it_is_and_where_it_came_from(case: Case):
    async with case.worker():
        await case.feed(["a"], partition=2)
        await case.wait_written(["a"], partition=2)
    (fed,), (record,) = await case.records(PAPERS), await case.records()
    source = f"{case.route.group}/{case.name(PAPERS)}/2/0".encode()
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_type": b"headrace.paper.unique.v1",
        "ce_source": b"/headrace/copy",
        "ce_id": source + b"/0",
        "content-type": b"application/json",
        "headrace.input": source,
        "headrace.entered": b"%d" % fed.timestamp,
    }


async def test_an_idle_lane_commits_past_the_markers(case: Case):
    producer = await case.clients.started(lambda: case.clients.producer("feeder"))
    async with producer.transaction():
        for value in numbers(0, 10):
            await producer.send(case.name(PAPERS), value.encode(), key=b"0", partition=0)
    await producer.stop()
    ends = await reader.end_offsets(case.clients, case.name(PAPERS))
    assert ends[0] == 11
    async with case.worker() as worker:
        await case.wait_written(numbers(0, 10))
        await until(lambda: _committed(case, ends))
        await until(lambda: ("idle", 11) in case.script.asked(0, "idle"))
        assert worker.stream.health().lag == 0


async def _committed(case: Case, ends: dict[int, int]) -> bool:
    return await case.committed() == ends


async def test_what_was_not_handled_is_handled_later_in_order(case: Case):
    chance = random.Random(5)

    async def some(lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        return await copy_all(lane, records[: chance.randint(0, 7)])

    case.script.handle = some
    await case.feed(numbers(0, 100))
    async with case.worker():
        await case.wait_written(numbers(0, 100))


async def test_an_empty_prefix_is_tried_again(case: Case):
    answers = iter([0, 0, 2])

    async def at_the_third_time(lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        return await copy_all(lane, records[: next(answers, None)])

    case.script.handle = at_the_third_time
    await case.feed(["a", "b", "c"])
    async with case.worker():
        await case.wait_written(["a", "b", "c"])
    assert case.script.asked(0, "handle") == [
        ("handle", [0, 1, 2]),
        ("handle", [0, 1, 2]),
        ("handle", [0, 1, 2]),
        ("handle", [2]),
    ]


@pytest.mark.parametrize("veto", [Stale("lost"), Retryable("redis_unavailable", "away")])
async def test_a_vetoed_batch_is_never_seen_and_is_learned_and_handled_again(case: Case, veto):
    vetoes = iter([veto])
    seen: list[list[str]] = []

    async def look(lane: int) -> None:
        if lane == 0:
            seen.append(await case.written())

    async def once(_lane: int) -> None:
        if (error := next(vetoes, None)) is not None:
            raise error

    case.script.learn, case.script.verify = look, once
    await case.feed(["a", "b"])
    async with case.worker() as worker:
        await case.wait_written(["a", "b"])
        await until(lambda: bool(case.script.asked(0, "committed")))
        assert 'lane_starts_total{reason="stale"} 1.0' in worker.telemetry.exposition().decode()
    batch = [("handle", [0, 1]), ("verify", 2)]
    opened = [("learn", None), ("validated", 0)]
    expected = [*opened, *batch, *opened, *batch, ("committed", 2)]
    assert case.script.asked(0, *STEPS) == expected
    assert seen == [[], []]
    # The vetoed records are in the log, and aborted.
    assert len(await case.records(isolation="read_uncommitted")) == 4


async def test_a_stale_handler_learns_and_begins_again(case: Case):
    answers = iter([Stale("lost")])

    async def at_the_second_time(lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        for error in answers:
            raise error
        return await copy_all(lane, records)

    case.script.handle = at_the_second_time
    await case.feed(["a", "b"])
    async with case.worker():
        await case.wait_written(["a", "b"])
    names = [name for name, _ in case.script.asked(0, "learn", "validated", "handle")]
    assert names == ["learn", "validated", "handle", "learn", "validated", "handle"]


async def test_a_lane_waits_for_what_is_away_says_so_and_goes_on(case: Case):
    away = True

    async def when_it_is_back(lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        if away:
            raise Retryable("redis_unavailable", "connection refused")
        return await copy_all(lane, records)

    case.script.handle = when_it_is_back
    await case.feed(["a", "b"])
    async with case.worker() as worker:
        await until(lambda: worker.stream.health().not_ready == ("lane 0: redis_unavailable",))
        assert await case.written() == []
        assert (await case.committed())[0] == 0
        away = False
        await case.wait_written(["a", "b"])
        await until(lambda: worker.ready)
    exposition = worker.telemetry.exposition().decode()
    assert 'waiting_seconds_total{reason="redis_unavailable"} 0.0' not in exposition


async def test_an_idle_stream_says_that_kafka_is_silent_and_goes_on(
    own_kafka: KafkaServer, topic_settings: TopicSettings
):
    # Not the one of all tests: a frozen broker is fenced for a moment when it goes on.
    case = await new_case(own_kafka, topic_settings)
    async with case.worker() as worker:
        await case.feed(["a"])
        await case.wait_written(["a"])
        assert own_kafka.pid is not None
        os.kill(own_kafka.pid, signal.SIGSTOP)
        try:
            silent = tuple(f"lane {number}: kafka_unavailable" for number in range(4))
            await until(lambda: worker.stream.health().not_ready == silent)
        finally:
            os.kill(own_kafka.pid, signal.SIGCONT)
        await until(lambda: worker.ready)
        await case.feed(["b"])
        await case.wait_written(["a", "b"])
    exposition = worker.telemetry.exposition().decode()
    assert 'waiting_seconds_total{reason="kafka_unavailable"} 0.0' not in exposition


async def test_a_stream_that_finds_no_kafka_says_so(case: Case, new_port: Callable[[], int]):
    address = f"{HOST}:{new_port()}"
    nobody = KafkaSettings(bootstrap_servers=address)
    case.settings = settings_for(nobody, case.settings.topics)
    async with case.worker() as worker:
        await until(lambda: worker.stream.health().not_ready != ())
        (why,) = worker.stream.health().not_ready
        assert why == f"kafka_unavailable, nothing answers at {address} yet"


async def test_an_oversized_message_is_a_dead_letter_and_the_others_are_written(case: Case):
    async def grow(_lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        big = Message(topic=UNIQUE.name, key=b"0", value=b"x" * RECORD_BYTES)
        return [
            Outcome(verdict="same", messages=(big,)) if record.value == b"b" else copy(record)
            for record in records
        ]

    case.script.handle = grow
    await case.feed(["a", "b", "c"])
    async with case.worker():
        await case.wait_written(["a", "c"])
    (letter,) = await case.records(DEAD_LETTER)
    assert (letter.key, letter.value) == (b"0", b"b")
    assert header(letter, "headrace.reason") == TOO_LARGE.encode()
    assert header(letter, REFUSED) == f"{case.route.group}/{case.name(PAPERS)}/0/1".encode()


async def test_the_broker_takes_a_message_of_exactly_the_limit(case: Case):
    value = random.Random(1).randbytes(RECORD_BYTES - ROOM_BYTES - 1)

    async def grow(_lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        message = Message(topic=UNIQUE.name, key=b"0", value=value)
        return [Outcome(verdict="same", messages=(message,)) for _ in records]

    case.script.handle = grow
    await case.feed(["a"])
    async with case.worker():
        await until(lambda: _has_records(case))
    assert [record.value for record in await case.records()] == [value]
    assert await case.records(DEAD_LETTER) == []


async def _has_records(case: Case) -> bool:
    return bool(await case.records())


async def test_a_busy_lane_takes_nothing_while_another_goes_on(case: Case):
    free = asyncio.Event()

    async def slow_at_0(lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        if lane == 0:
            await free.wait()
        return await copy_all(lane, records)

    case.script.handle = slow_at_0
    for partition in (0, 1):
        await case.feed(numbers(0, 200), partition=partition)
    async with case.worker() as worker:
        await case.wait_written(numbers(0, 200), partition=1)
        ((_, taken),) = case.script.asked(0, "handle")
        assert len(taken) == 50
        position = worker.stream._consumer.position(TopicPartition(case.name(PAPERS), 0))
        assert await position == 50
        assert worker.stream.health().in_flight == 50
        free.set()
        await case.wait_written(numbers(0, 200), partition=0)


async def test_a_stream_that_refuses_most_stops_before_it_drains_its_topic(
    kafka: KafkaServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(
        kafka.settings(), topic_settings, batch_records=50, refusals_per_minute=100
    )
    await create_topics(settings.kafka, settings.topics)
    case = Case(settings)

    async def refuse_all(_lane: int, records: Sequence[InputRecord]) -> list[Outcome]:
        return [refuse(record, Rejected("odd", "it is odd"), stage="test") for record in records]

    case.script.handle = refuse_all
    await case.feed(numbers(0, 1_000), partition=0)
    async with case.worker() as worker:
        await until(lambda: TOO_MANY in str(worker.stream.health().not_ready))
    letters = await case.records(DEAD_LETTER)
    assert 0 < len(letters) <= 100
    case.script.handle = copy_all
    async with case.worker():
        await case.wait_written(numbers(len(letters), 1_000), partition=0)
