"""Where a stream begins on a real Kafka, and when it refuses to."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.protocol.admin import DeleteGroupsRequest

from services.common.admin import create_topics
from services.common.clients import close
from services.common.errors import ExitStatus, Fatal
from services.common.headers import INPUT, REFUSED
from services.common.settings import KafkaSettings, TopicSettings, cache_dir
from services.common.topics import DEAD_LETTER, PAPERS, UNIQUE, Topic
from services.local.kafka import KafkaServer
from tests.integration.streams import Case, numbers, settings_for, until

# A lane's refusal cancels its neighbours as they start, and aiokafka leaves the connection of a
# cancelled start to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect such connections within the test that left them."""
    yield
    gc.collect()


@pytest.fixture
async def case(kafka: KafkaServer, topic_settings: TopicSettings) -> Case:
    settings = settings_for(kafka.settings(), topic_settings)
    await create_topics(settings.kafka, settings.topics)
    return Case(settings)


async def refusal(case: Case) -> Fatal:
    async with case.worker() as worker:
        failure = await worker.failure()
    assert isinstance(failure, Fatal)
    return failure


async def test_a_group_without_offsets_begins_at_the_start_of_the_log(case: Case):
    await case.feed(numbers(0, 10))
    await _delete_records(case, before=4)
    async with case.worker():
        await case.wait_written(numbers(4, 10))


async def test_a_restart_goes_on_behind_what_was_committed(case: Case):
    for stop in (10, 20, 30):
        await case.feed(numbers(stop - 10, stop))
        async with case.worker():
            await case.wait_written(numbers(0, stop))
    positions = [what for _, what in case.script.asked(0, "validated")]
    # Behind a batch the idle lane may or may not have committed before the stop.
    assert positions[0] == 0
    assert set(positions[1:]) == {10, 20}


async def test_a_group_whose_offsets_were_lost_refuses_to_begin_anew(case: Case):
    await case.feed(["a"], partition=2)
    async with case.worker():
        await case.wait_written(["a"], partition=2)
    await until(lambda: _group_deleted(case))
    assert await case.committed() == {}
    failure = await refusal(case)
    assert failure.status is ExitStatus.CONFIGURATION
    assert f"group {case.route.group} has no committed offset" in str(failure)
    assert f"{case.name(PAPERS)}-2," in str(failure)
    assert await case.written(partition=2) == ["a"]


@pytest.mark.parametrize(("topic", "name"), [(UNIQUE, INPUT), (DEAD_LETTER, REFUSED)])
async def test_one_record_of_the_group_is_enough_to_refuse(case: Case, topic: Topic, name: str):
    source = f"{case.route.group}/{case.name(PAPERS)}/1/7"
    await _write(case, topic, (name, source.encode()))
    assert f"{case.name(PAPERS)}-1, yet {case.name(topic)} holds" in str(await refusal(case))


async def test_records_of_another_group_and_partition_are_no_reason_to_refuse(case: Case):
    other = f"{case.route.group}-2/{case.name(PAPERS)}/0/7"
    tenth = f"{case.route.group}/{case.name(PAPERS)}/10/7"
    for source in (other, tenth):
        await _write(case, UNIQUE, (INPUT, source.encode()))
    async with case.worker() as worker:
        await until(lambda: worker.ready)


async def test_records_that_expired_unread_are_counted_and_refused(case: Case):
    await case.feed(numbers(0, 10))
    async with case.worker():
        await case.wait_written(numbers(0, 10))
        await until(lambda: case.script.asked(0, "committed") != [])
    await case.feed(numbers(10, 20))
    await _delete_records(case, before=15)
    failure = await refusal(case)
    assert failure.status is ExitStatus.CONFIGURATION
    assert f"5 offsets of {case.name(PAPERS)}-0 expired" in str(failure)
    assert await case.written() == numbers(0, 10)


async def test_a_missing_topic_is_named_with_the_command_that_makes_it(
    kafka: KafkaServer, topic_settings: TopicSettings
):
    case = Case(settings_for(kafka.settings(), topic_settings))
    failure = await refusal(case)
    assert failure.status is ExitStatus.CONFIGURATION
    assert case.name(PAPERS) in str(failure)
    assert "`headrace topics create`" in str(failure)


async def test_no_kafka_within_the_deadline_is_a_reason_to_end(
    new_port: Callable[[], int], topic_settings: TopicSettings
):
    nobody = KafkaSettings(bootstrap_servers=f"127.0.0.1:{new_port()}")
    settings = settings_for(nobody, topic_settings)
    kafka = settings.kafka.model_copy(update={"start_timeout_seconds": 0.5})
    failure = await refusal(Case(settings.model_copy(update={"kafka": kafka})))
    assert failure.status is ExitStatus.UNAVAILABLE
    assert settings.kafka.bootstrap_servers in str(failure)
    assert "HEADRACE_KAFKA__BOOTSTRAP_SERVERS" in str(failure)


async def test_a_kafka_that_comes_up_late_is_waited_for(
    tmp_path: Path, new_port: Callable[[], int], topic_settings: TopicSettings
):
    server = KafkaServer(tmp_path, new_port(), new_port(), cache=cache_dir())
    case = Case(settings_for(server.settings(), topic_settings))
    try:
        async with case.worker() as worker:
            await asyncio.wait([worker.task], timeout=0.5)
            assert not worker.task.done()
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(server.wait_ready)
            failure = await worker.failure()
    finally:
        await asyncio.to_thread(server.stop)
    # It found Kafka, and that this one has no topics yet.
    assert "`headrace topics create`" in str(failure)


async def _write(case: Case, topic: Topic, header: tuple[str, bytes]) -> None:
    producer = await case.clients.started(case.clients.producer)
    await producer.send_and_wait(case.name(topic), b"v", key=b"k", headers=[header])
    await producer.stop()


async def _delete_records(case: Case, *, before: int) -> None:
    admin = await case.clients.started(case.clients.admin)
    partition = TopicPartition(case.name(PAPERS), 0)
    await admin.delete_records({partition: RecordsToDelete(before_offset=before)})
    await close(admin)


async def _group_deleted(case: Case) -> bool:
    """Delete the group's offsets; refused while a member that left is not gone yet."""
    admin = await case.clients.started(case.clients.admin)
    node = await admin.find_coordinator(case.route.group)
    response = await admin._send_request_to_node(node, DeleteGroupsRequest([case.route.group]))
    await close(admin)
    return [code for _, code in response.results] == [0]
