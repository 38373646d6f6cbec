"""A step on Kafka ends at its deadline, whatever the client does."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from services.common.deadline import let_go, within
from services.common.errors import ExitStatus, Fatal


class Deaf:
    """A step that forgets the first cancellation, as the client may, and goes on until ``over``."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.over = asyncio.Event()

    async def step(self) -> None:
        self.begun.set()
        try:
            await self.over.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            await self.over.wait()


async def test_a_step_in_time_gives_its_result() -> None:
    assert await within(asyncio.sleep(0, "result"), "sleeping") == "result"


async def test_an_error_of_kafka_is_a_reason_to_end() -> None:
    async def fails() -> None:
        raise KafkaConnectionError("gone")

    with pytest.raises(Fatal, match=r"polling failed: KafkaConnectionError: .*gone") as raised:
        await within(fails(), "polling")
    assert raised.value.status is ExitStatus.TEMPORARY


async def test_a_step_that_forgets_its_cancellation_is_left_behind_at_the_deadline() -> None:
    deaf = Deaf()
    with pytest.raises(Fatal, match="polling took longer than 0 s"):
        await within(deaf.step(), "polling", 0.01)
    await deaf.cancelled.wait()
    deaf.over.set()


async def test_a_cancellation_arrives_though_the_step_forgets_it() -> None:
    deaf = Deaf()
    task = asyncio.create_task(within(deaf.step(), "polling", 60))
    await deaf.begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await deaf.cancelled.wait()
    deaf.over.set()


async def test_a_cancellation_of_the_client_s_own_is_a_reason_to_end() -> None:
    async def awaits_its_own() -> None:
        own = asyncio.ensure_future(asyncio.Event().wait())
        own.cancel()
        await own

    with pytest.raises(Fatal, match=r"leaving the group failed: .* the client cancelled it"):
        await within(awaits_its_own(), "leaving the group")


async def test_a_client_that_fails_to_stop_hides_no_other_reason() -> None:
    async def stop() -> None:
        raise RuntimeError("the handler is closed")

    await let_go(stop(), 1.0)


async def test_a_client_that_does_not_stop_is_left_behind() -> None:
    deaf = Deaf()
    await let_go(deaf.step(), 0.01)
    await deaf.cancelled.wait()
    deaf.over.set()
