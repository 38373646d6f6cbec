"""What a handler is given and what it gives back: values, never calls on Kafka."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

Headers = tuple[tuple[str, bytes], ...]


class InputRecord(Protocol):
    """A record as Kafka gives it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record to be written to the topic of this short name.

    ``partition_key`` chooses the partition; the key does where it is absent.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition_key: bytes | None = None


class Measure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something to be counted once the outcome is committed.

    ``labels`` are the values of the metric's labels, in their order.
    """

    metric: str
    value: float
    labels: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of one input record: the messages that are written in its stead.

    ``verdict`` is a stable name of low cardinality for the metrics, such as ``new``; ``rejected``
    holds the reason of every dead letter among the messages, and ``measures`` what else is counted.
    """

    verdict: str
    messages: tuple[Message, ...] = ()
    rejected: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()


Handler = Callable[[Sequence[InputRecord]], Awaitable[Sequence[Outcome]]]
"""Outcomes for a prefix of the records, in their order."""


def header(record: InputRecord, name: str) -> bytes | None:
    """Give the last value of a header, or None."""
    found = None
    for key, value in record.headers:
        if key == name:
            found = value
    return found
