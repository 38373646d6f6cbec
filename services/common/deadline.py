"""Every await on Kafka ends: with a result, or with the reason why the process must."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Iterator
from typing import TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    InvalidTxnState,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from services.common.errors import ExitStatus, Fatal

T = TypeVar("T")

CLIENT_SECONDS = 30.0
"""For a call that is no transaction: joining, reading an offset, starting a producer."""

FORBIDDEN = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)


async def within(step: Awaitable[T], what: str, seconds: float = CLIENT_SECONDS) -> T:
    """Await a step on Kafka.

    The client can wait for ever after a broker restart while its heartbeats go on, so that nobody
    else gets the partition: a missed deadline ends the process.

    Raises:
        Fatal: the deadline passed, this producer was fenced, or Kafka answered with an error.
    """
    try:
        return await ended(step, seconds)
    except TimeoutError:
        raise Fatal(f"{what} took longer than {seconds:.0f} s") from None
    except KafkaError as error:
        raise failure(what, error) from error


def failure(what: str, error: KafkaError) -> Fatal:
    """Give the end of the process for an answer of Kafka's."""
    if forbidden := next((each for each in _causes(error) if isinstance(each, FORBIDDEN)), None):
        return Fatal(
            f"{what} failed: {type(forbidden).__name__}: {forbidden}; Kafka does not allow it to "
            "this user, and docs/security.md lists what each service must be allowed",
            ExitStatus.CONFIGURATION,
        )
    return Fatal(f"{what} failed: {type(error).__name__}: {error}")


async def explained(producer: AIOKafkaProducer, step: Awaitable[T]) -> T:
    """Await a step of a transaction, and raise what was wrong first.

    A topic that may not be written never becomes part of the transaction, and the client sends
    its records all the same: the broker's answer to those tells nothing.
    """
    try:
        return await step
    except InvalidTxnState as error:
        first = producer._txn_manager.wait_for_transaction_end()  # noqa: SLF001
        raise (first.exception() if first.done() else None) or error from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came of: the client wraps what its own tasks die of."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


async def let_go(stop: Awaitable[None], seconds: float) -> None:
    """Await the stop of a client, and leave it behind whatever comes of it.

    A client raises there what one of its own tasks died of, such as a write to a connection that
    was closed under it; the reason why it is let go is another one, and must not be hidden.
    """
    with contextlib.suppress(Exception):
        await ended(stop, seconds)


async def ended(step: Awaitable[T], seconds: float) -> T:
    """Await a step, and leave it behind when its time is over or this task is cancelled.

    The client forgets a cancellation where it awaits a task of its own that hears it first, and
    one of a task of its own comes out of it as if we had been cancelled.

    Raises:
        TimeoutError: the time is over; the step was cancelled and may not have heard it.
        KafkaError: the client cancelled the step itself.
    """
    task = asyncio.ensure_future(step)
    task.add_done_callback(_seen)
    try:
        await asyncio.wait([task], timeout=seconds)
        if not task.done():
            raise TimeoutError
        if task.cancelled():
            raise KafkaError("the client cancelled it")
        return task.result()
    finally:
        task.cancel()


def _seen(task: asyncio.Future[T]) -> None:
    """Look at what became of a step, which may have been left behind: nobody else does then."""
    if not task.cancelled():
        task.exception()
