"""Every await on Kafka ends: with a result, or with the reason why the process must."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from aiokafka.errors import KafkaError

from services.common.errors import Fatal

T = TypeVar("T")

CLIENT_SECONDS = 30.0
"""For a call that is no transaction: joining, reading an offset, starting a producer."""


async def within(step: Awaitable[T], what: str, seconds: float = CLIENT_SECONDS) -> T:
    """Await a step on Kafka.

    The client can wait for ever after a broker restart while its heartbeats go on, so that nobody
    else gets the partition: a missed deadline ends the process.

    Raises:
        Fatal: the deadline passed, this producer was fenced, or Kafka answered with an error.
    """
    try:
        async with asyncio.timeout(seconds):
            return await step
    except TimeoutError:
        raise Fatal(f"{what} took longer than {seconds:.0f} s") from None
    except KafkaError as error:
        raise Fatal(f"{what} failed: {type(error).__name__}: {error}") from error
