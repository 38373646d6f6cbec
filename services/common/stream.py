"""The transactional stream of one service: a group's member with a lane for each partition."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from services.common.clients import KafkaClients
from services.common.deadline import let_go, within
from services.common.errors import ExitStatus, Fatal
from services.common.lane import Lane
from services.common.refusals import Refusals
from services.common.session import Context, Route, SessionFactory
from services.common.settings import CommonSettings
from services.common.telemetry import Telemetry
from services.common.turns import Turns

log = structlog.get_logger()

LOOK_SECONDS = 1.0
JOIN_SECONDS = 30.0
"""Twice what the members of a group have for a rebalance."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a stream says of itself: reasons not to be ready, and reasons not to be alive."""

    not_ready: tuple[str, ...]
    not_alive: tuple[str, ...]
    lanes: int
    lag: int
    in_flight: int


class Stream(ConsumerRebalanceListener):  # type: ignore[misc]
    """Joins the group, opens a lane for each partition given, and ends at the first failure."""

    def __init__(
        self,
        route: Route,
        sessions: SessionFactory,
        *,
        settings: CommonSettings,
        telemetry: Telemetry,
    ) -> None:
        self._context = Context(
            route=route,
            names={
                topic.name: settings.topics.full_name(topic)
                for topic in (route.source, *route.sinks)
            },
            clients=KafkaClients(settings.kafka),
            settings=settings.stream,
            telemetry=telemetry,
            turns=Turns(),
            refusals=Refusals(settings.stream.refusals_per_minute),
        )
        self._servers = settings.kafka.bootstrap_servers
        self._sessions = sessions
        self._telemetry = telemetry
        self._consumer: AIOKafkaConsumer | None = None
        self._lanes: dict[TopicPartition, Lane] = {}
        self._outside_since: float | None = time.monotonic()
        self._stopping = False
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            Fatal: the process must end with this reason; what is not committed is replayed.
        """
        context, route = self._context, self._context.route
        self._consumer = await context.clients.started(
            lambda: context.clients.member(route.group, context.settings)
        )
        # The client tells nobody: it would give no record any more, and no error.
        self._consumer._fetcher.error_future.add_done_callback(self._fetching_ended)  # noqa: SLF001
        there = await within(self._consumer.topics(), "listing the topics")
        if missing := sorted(set(context.names.values()) - there):
            raise Fatal(
                f"there is no topic {', '.join(missing)}, or it is hidden from this user; "
                "`headrace topics create` makes it, docs/security.md lists what to allow",
                ExitStatus.CONFIGURATION,
            )
        topic = context.names[route.source.name]
        self._outside_since = time.monotonic()
        self._consumer.subscribe([topic], listener=self)
        while not self._failed.done():
            await asyncio.wait([self._failed], timeout=LOOK_SECONDS)
            await within(self._heard(), f"joining the group {route.group}")
            self._refuse_exile()
        await self._failed

    async def stop(self) -> None:
        """Finish or abort what is open, and leave the group."""
        self._stopping = True
        await self._close_lanes()
        if self._consumer is not None:
            await let_go(self._consumer.stop(), 2.5)

    async def on_partitions_revoked(self, _revoked: Collection[TopicPartition]) -> None:
        """Drop the lanes; results of a revoked assignment are never sent."""
        self._outside_since = time.monotonic()
        try:
            await self._close_lanes()
        except Exception as error:  # noqa: BLE001  the client swallows what a listener raises
            self._fail(error)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Open a lane for each partition; they start by themselves, the group goes on."""
        try:
            for partition in sorted(assigned):
                lane = self._lanes[partition] = self._lane(partition)
                lane.start().add_done_callback(self._lane_ended)
            self._outside_since = None
            log.info("partitions_assigned", lanes=[p.partition for p in sorted(assigned)])
        except Exception as error:  # noqa: BLE001  the client swallows what a listener raises
            self._fail(error)

    def health(self) -> Health:
        """Say how the lanes are, and refresh the gauges that tell the same."""
        lanes = self._lanes.values()
        not_ready = [f"lane {lane.number}: {lane.busy}" for lane in lanes if lane.busy]
        if self._consumer is None:
            not_ready.append(f"kafka_unavailable, nothing answers at {self._servers} yet")
        elif self._outside_since is not None:
            not_ready.append("not in the group yet")
        if self._failed.done():
            not_ready.append("ending")
        health = Health(
            not_ready=tuple(not_ready),
            not_alive=tuple(f"lane {lane.number}: no step" for lane in lanes if lane.stuck),
            lanes=len(lanes),
            lag=sum(lane.lag for lane in lanes),
            in_flight=sum(lane.in_flight for lane in lanes),
        )
        self._telemetry.set("ready", not health.not_ready)
        self._telemetry.set("lanes", health.lanes)
        self._telemetry.set("in_flight_records", health.in_flight)
        for lane in lanes:
            self._telemetry.set("lag_records", lane.lag, lane=str(lane.number))
        return health

    async def _heard(self) -> None:
        """Raise what the client was told of the group: a call for records would, and lanes alone
        make one, of which there are none before it is joined."""
        if self._outside_since is not None:
            assert self._consumer is not None
            self._consumer._coordinator.check_errors()  # noqa: SLF001

    def _refuse_exile(self) -> None:
        """End a process that the group does not take in.

        A client that loses its broker while it joins can wait for ever, without a word.

        Raises:
            Fatal: the join took longer than a rebalance may.
        """
        since = self._outside_since
        if since is not None and time.monotonic() - since > JOIN_SECONDS:
            raise Fatal(f"joining the group took longer than {JOIN_SECONDS:.0f} s")

    def _lane(self, partition: TopicPartition) -> Lane:
        session = self._sessions(partition.partition)
        return Lane(partition, self._context, session=session, consumer=self._consumer)

    async def _close_lanes(self) -> None:
        lanes, self._lanes = self._lanes, {}
        await asyncio.gather(*(lane.stop() for lane in lanes.values()))
        for lane in lanes.values():
            self._telemetry.forget("lag_records", str(lane.number))

    def _fetching_ended(self, task: asyncio.Task[None]) -> None:
        if not self._stopping:
            why = None if task.cancelled() else task.exception()
            self._fail(Fatal(f"the client fetches no more: {why or 'its task ended'}"))

    def _lane_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)
