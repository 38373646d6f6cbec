"""A service's part in the transactional stream: the steps that a lane asks it for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.clients import KafkaClients
from services.common.outcomes import Handler, InputRecord, Outcome
from services.common.refusals import Refusals
from services.common.settings import StreamSettings
from services.common.telemetry import Telemetry
from services.common.topics import Topic
from services.common.turns import Turns

Acknowledged = Mapping[tuple[str, int], int]
"""The highest acknowledged offset by topic (short name) and partition."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a service reads, as which consumer group, and the topics that it may write."""

    service: str
    group: str
    source: Topic
    sinks: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What the lanes of one stream share; ``names`` are full topic names by short name."""

    route: Route
    names: Mapping[str, str]
    clients: KafkaClients
    settings: StreamSettings
    telemetry: Telemetry
    turns: Turns
    refusals: Refusals


class Session(Protocol):
    """One lane's dealings with its service; its calls never overlap.

    Every step may raise ``Retryable``: the lane waits and asks again.
    """

    async def learn(self) -> None:
        """Take note of what the outside holds, before the lane's producer is started anew."""

    async def validated(self, position: int) -> None:
        """The producer has fenced its forerunner and ``position`` is the committed offset.

        Raises:
            Stale: what was learned is out of date; the lane learns and validates again.
        """

    async def handle(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        """Give outcomes for a prefix of the records; an empty one asks to try again later.

        Raises:
            Stale: see ``validated``.
        """

    async def verify(self, outcomes: Sequence[Outcome]) -> None:
        """Veto the commit of records that are all acknowledged.

        Raises:
            Stale: the transaction is aborted; the lane learns and validates again.
        """

    async def committed(self, position: int, acknowledged: Acknowledged) -> None:
        """``position`` is committed; with nothing acknowledged the lane is idle, maybe still."""

    async def abandon(self, record: InputRecord) -> None:
        """The record is never handled to its end: let go of what was taken for it.

        It may be what ended the process: its value is not to be looked at.
        """

    def doing(self) -> str | None:
        """Name the long work in progress, such as a catch-up, or give None."""


SessionFactory = Callable[[int], Session]
"""Gives the session of the lane of one input partition."""


class PlainSession:
    """The session of a service without a memory of its own: it only handles."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def learn(self) -> None:
        """There is nothing to learn."""

    async def validated(self, position: int) -> None:
        """There is nothing to validate."""

    async def handle(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        return await self._handler(records)

    async def verify(self, outcomes: Sequence[Outcome]) -> None:
        """There is nothing that could veto."""

    async def committed(self, position: int, acknowledged: Acknowledged) -> None:
        """There is nothing to report."""

    async def abandon(self, record: InputRecord) -> None:
        """Nothing was taken."""

    def doing(self) -> str | None:
        return None
