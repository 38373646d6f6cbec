"""Members of one group on a real Kafka: partitions move, a zombie is fenced, nothing is double."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.common.admin import create_topics
from services.common.errors import ExitStatus, Fatal
from services.common.headers import INPUT
from services.common.outcomes import InputRecord, Outcome, header
from services.common.settings import TopicSettings
from services.common.topics import PAPERS
from services.local.kafka import KafkaServer
from tests.integration.streams import (
    Case,
    Script,
    Worker,
    copy_all,
    numbers,
    repeated,
    settings_for,
    until,
)


@pytest.fixture
async def case(kafka: KafkaServer, topic_settings: TopicSettings) -> Case:
    settings = settings_for(kafka.settings(), topic_settings, batch_records=20)
    await create_topics(settings.kafka, settings.topics)
    return Case(settings)


def shared(*workers: Worker) -> bool:
    return all(worker.ready and worker.lanes == 4 // len(workers) for worker in workers)


async def wait_all_written(case: Case, stop: int) -> None:
    for partition in range(4):
        await case.wait_written(numbers(0, stop), partition=partition)
    assert repeated(header(record, INPUT) for record in await case.records()) == []


async def test_partitions_move_to_a_second_member_and_back(case: Case):
    async def feed(start: int) -> None:
        for partition in range(4):
            await case.feed(numbers(start, start + 60), partition=partition)

    async with case.worker() as first:
        await until(lambda: shared(first))
        await feed(0)
        async with case.worker(second := Script()) as other:
            await feed(60)
            await until(lambda: shared(first, other))
            await feed(120)
            await wait_all_written(case, 180)
            assert second.lanes("committed")
        await until(lambda: shared(first))
        await feed(180)
        await wait_all_written(case, 240)


async def test_results_of_a_revoked_assignment_are_dropped(case: Case):
    free = threading.Event()
    ended: list[Sequence[Outcome]] = []

    async def in_a_thread(lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        outcomes = await copy_all(lane, records)

        def work() -> Sequence[Outcome]:
            free.wait()
            ended.append(outcomes)
            return outcomes

        return await asyncio.get_running_loop().run_in_executor(threads, work)

    # Of its own: in the loop's few threads the client works out the proof of a password.
    threads = ThreadPoolExecutor(16)
    case.script.handle = in_a_thread
    for partition in range(4):
        await case.feed(numbers(0, 5), partition=partition)
    try:
        async with case.worker() as first:
            await until(
                lambda: len({lane for lane, name, _ in case.script.calls if name == "handle"}) == 4
            )
            async with case.worker(second := Script()) as other:
                await until(lambda: shared(first, other))
                moved = second.lanes("learn")
                for lane in moved:
                    await case.wait_written(numbers(0, 5), partition=lane)
                free.set()
                # The first member's threads end now, those of the lanes that moved away too.
                await until(lambda: len(ended) >= 4)
                await wait_all_written(case, 5)
    finally:
        free.set()
        threads.shutdown()
    assert not [
        lane for lane, name, _ in case.script.calls if name == "committed" and lane in moved
    ]


async def test_a_fenced_lane_ends_the_process_and_nothing_is_double(case: Case):
    async with case.worker() as worker:
        await case.feed(["a", "b"])
        await case.wait_written(["a", "b"])
        lane = f"{case.route.group}.{case.name(PAPERS)}.0"
        thief = await case.clients.started(lambda: case.clients.producer(lane))
        await case.feed(["c"])
        failure = await worker.failure()
        await thief.stop()
    assert isinstance(failure, Fatal)
    assert failure.status is ExitStatus.TEMPORARY
    assert "Fenced" in str(failure)
    assert await case.written() == ["a", "b"]
    async with case.worker():
        await case.wait_written(["a", "b", "c"])


async def test_a_member_that_ended_leaves_its_partitions_to_the_next_at_once(
    kafka: KafkaServer, topic_settings: TopicSettings
):
    # The session would last longer than the test's patience.
    settings = settings_for(kafka.settings(), topic_settings, session_timeout_seconds=60)
    await create_topics(settings.kafka, settings.topics)
    case = Case(settings)
    for start in (0, 10):
        async with case.worker() as worker:
            await until(lambda: shared(worker))
            await case.feed(numbers(start, start + 10))
            await case.wait_written(numbers(0, start + 10))


async def test_a_failing_handler_ends_the_stream_and_commits_nothing(case: Case):
    async def fail(_lane: int, _records: Sequence[InputRecord]) -> Sequence[Outcome]:
        raise ZeroDivisionError("of the handler")

    await case.feed(["a"])
    case.script.handle = fail
    async with case.worker() as worker:
        failure = await worker.failure()
    assert isinstance(failure, ZeroDivisionError)
    assert await case.written() == []
    assert (await case.committed())[0] == 0
