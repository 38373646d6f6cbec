"""A stream ends when it is asked to, and when its client is of no use any more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.common.admin import create_topics
from services.common.errors import ExitStatus, Fatal
from services.common.outcomes import InputRecord, Outcome
from services.common.settings import TopicSettings
from services.local.kafka import KafkaServer
from tests.integration.streams import (
    PATIENCE_SECONDS,
    Case,
    Script,
    copy_all,
    numbers,
    settings_for,
    until,
)


async def test_a_lane_whose_client_forgets_the_cancellation_ends(
    kafka: KafkaServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(kafka.settings(), topic_settings)
    await create_topics(settings.kafka, settings.topics)
    case, begun = Case(settings), asyncio.Event()

    async def forget(lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            # As asyncio.wait_for does before Python 3.12, when its call is done just then.
            return await copy_all(lane, records)
        raise AssertionError("nobody sets it")

    async with asyncio.timeout(PATIENCE_SECONDS):
        async with case.worker(Script(handle=forget)):
            await case.feed(["a record"])
            await begun.wait()
        async with case.worker():
            await case.wait_written(["a record"])


async def test_a_stop_in_good_order_tells_the_session_what_is_committed(
    kafka: KafkaServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(kafka.settings(), topic_settings, idle_seconds=60)
    await create_topics(settings.kafka, settings.topics)
    case = Case(settings)
    async with case.worker() as worker:
        await until(lambda: worker.lanes == 4 and worker.ready)
        await case.feed(numbers(0, 3))
        await case.wait_written(numbers(0, 3))
        await until(lambda: ("committed", 3) in case.script.asked(0, "committed"))
        assert case.script.lanes("idle") == set()
    assert case.script.asked(0, "idle") == [("idle", 3)]


async def test_a_client_that_fetches_no_more_ends_the_process(
    kafka: KafkaServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(kafka.settings(), topic_settings)
    await create_topics(settings.kafka, settings.topics)
    case = Case(settings)
    async with case.worker() as worker:
        await until(lambda: worker.lanes == 4 and worker.ready)
        assert worker.stream._consumer is not None
        # As it ends by an error that the client does not expect; nothing else would tell.
        worker.stream._consumer._fetcher.error_future.cancel()
        failure = await worker.failure()
    assert isinstance(failure, Fatal)
    assert failure.status is ExitStatus.TEMPORARY
    assert "the client fetches no more" in str(failure)


async def test_a_lane_that_is_stopped_before_it_is_open_tells_nothing(
    kafka: KafkaServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(kafka.settings(), topic_settings)
    await create_topics(settings.kafka, settings.topics)

    async def learn(_lane: int) -> None:
        await asyncio.Event().wait()

    case = Case(settings, Script(learn=learn))
    async with case.worker():
        await until(lambda: case.script.lanes("learn") == {0, 1, 2, 3})
    assert case.script.lanes("idle") == set()
