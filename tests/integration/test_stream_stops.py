"""A stream ends when it is asked to, although a client forgets a cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.common.admin import create_topics
from services.common.outcomes import InputRecord, Outcome
from services.common.settings import TopicSettings
from services.local.kafka import KafkaServer
from tests.integration.streams import PATIENCE_SECONDS, Case, Script, copy_all, settings_for


async def test_a_lane_whose_client_forgets_the_cancellation_ends(
    kafka: KafkaServer, topic_settings: TopicSettings
) -> None:
    settings = settings_for(kafka.address, topic_settings)
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
