"""A stream with topics and a group of its own, whose sessions do as a test says."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.common import reader
from services.common.clients import Isolation, KafkaClients
from services.common.groups import committed_offsets
from services.common.outcomes import InputRecord, Message, Outcome
from services.common.session import Acknowledged, Route
from services.common.settings import CommonSettings, KafkaSettings, StreamSettings, TopicSettings
from services.common.stream import Stream
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, PAPERS, UNIQUE, Topic

PATIENCE_SECONDS = 30.0


def copy(record: InputRecord) -> Outcome:
    """Give the outcome that writes a record as it came."""
    message = Message(topic=UNIQUE.name, key=record.key, value=record.value)
    return Outcome(verdict="same", messages=(message,))


async def copy_all(_lane: int, records: Sequence[InputRecord]) -> Sequence[Outcome]:
    return [copy(record) for record in records]


async def agree(_lane: int) -> None:
    """Do nothing, and veto nothing."""


@dataclass
class Script:
    """What the sessions of all lanes do, and what they were asked, in order."""

    learn: Callable[[int], Awaitable[None]] = agree
    handle: Callable[[int, Sequence[InputRecord]], Awaitable[Sequence[Outcome]]] = copy_all
    verify: Callable[[int], Awaitable[None]] = agree
    calls: list[tuple[int, str, object]] = field(default_factory=list)

    def asked(self, lane: int, *names: str) -> list[tuple[str, object]]:
        """Give the calls of one lane, those of the names alone where there are any."""
        return [
            (name, what)
            for one, name, what in self.calls
            if one == lane and name in (names or name)
        ]

    def lanes(self, name: str) -> set[int]:
        """Give the lanes whose sessions were called so."""
        return {lane for lane, called, _ in self.calls if called == name}


class ScriptedSession:
    """One lane's session; a ``services.common.session.Session``."""

    def __init__(self, lane: int, script: Script) -> None:
        self._lane = lane
        self._script = script

    async def learn(self) -> None:
        self._note("learn", None)
        await self._script.learn(self._lane)

    async def validated(self, position: int) -> None:
        self._note("validated", position)

    async def handle(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        self._note("handle", [record.offset for record in records])
        return await self._script.handle(self._lane, records)

    async def verify(self, outcomes: Sequence[Outcome]) -> None:
        self._note("verify", len(outcomes))
        await self._script.verify(self._lane)

    async def committed(self, position: int, acknowledged: Acknowledged) -> None:
        self._note("committed" if acknowledged else "idle", position)

    async def abandon(self, record: InputRecord) -> None:
        self._note("abandon", record.offset)

    def doing(self) -> str | None:
        return None

    def _note(self, name: str, what: object) -> None:
        self._script.calls.append((self._lane, name, what))


@dataclass
class Worker:
    """A stream at work, and the task that ends with its failure."""

    stream: Stream
    task: asyncio.Task[None]
    telemetry: Telemetry

    @property
    def lanes(self) -> int:
        return self.stream.health().lanes

    @property
    def ready(self) -> bool:
        return not self.stream.health().not_ready

    async def failure(self) -> BaseException | None:
        """Wait for the end that the stream comes to by itself, and give its reason."""
        await asyncio.wait([self.task], timeout=PATIENCE_SECONDS)
        return self.task.exception()


@dataclass
class Case:
    """The topics and the group of one test, and what it does with them."""

    settings: CommonSettings
    script: Script = field(default_factory=Script)

    @property
    def clients(self) -> KafkaClients:
        return KafkaClients(self.settings.kafka)

    @property
    def route(self) -> Route:
        return Route(
            service="copy",
            group=f"{self.settings.kafka.group_prefix}.copy",
            source=PAPERS,
            sinks=(UNIQUE, DEAD_LETTER),
        )

    def name(self, topic: Topic) -> str:
        return self.settings.topics.full_name(topic)

    @contextlib.asynccontextmanager
    async def worker(self, script: Script | None = None) -> AsyncIterator[Worker]:
        """Run a stream as a process would, and end it cleanly."""
        chosen, telemetry = script or self.script, Telemetry()
        stream = Stream(
            self.route,
            lambda lane: ScriptedSession(lane, chosen),
            settings=self.settings,
            telemetry=telemetry,
        )
        task = asyncio.create_task(stream.run())
        try:
            yield Worker(stream, task, telemetry)
        finally:
            task.cancel()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.wait([task])
                await stream.stop()

    async def feed(self, values: Iterable[str], *, partition: int = 0) -> None:
        """Put values on one partition; its number is their key, so that their order is kept."""
        producer = await self.clients.started(self.clients.producer)
        sent = [
            await producer.send(
                self.name(PAPERS), value.encode(), key=b"%d" % partition, partition=partition
            )
            for value in values
        ]
        await asyncio.gather(*sent)
        await producer.stop()

    async def records(
        self, topic: Topic = UNIQUE, *, isolation: Isolation = "read_committed"
    ) -> list[InputRecord]:
        """Give what is on a topic now."""
        found: list[InputRecord] = []
        async for some in reader.read(self.clients, self.name(topic), isolation=isolation):
            found += some
        return found

    async def written(self, *, partition: int = 0) -> list[str]:
        """Give the committed values that came of one partition, in their order."""
        found = await self.records()
        return [
            (record.value or b"").decode() for record in found if record.key == b"%d" % partition
        ]

    async def wait_written(self, expected: Sequence[str], *, partition: int = 0) -> None:
        """Wait until as much is written as expected, and see that it is exactly that."""
        await until(lambda: self._as_many(len(expected), partition))
        assert await self.written(partition=partition) == list(expected)

    async def _as_many(self, count: int, partition: int) -> bool:
        return len(await self.written(partition=partition)) >= count

    async def committed(self) -> dict[int, int]:
        """Give the group's committed offsets."""
        return await committed_offsets(self.clients, self.route.group, self.name(PAPERS))


def settings_for(kafka: KafkaSettings, topics: TopicSettings, **stream: float) -> CommonSettings:
    """Give settings of a test: impatient, and with a group of its own."""
    return CommonSettings(
        kafka=kafka.model_copy(update={"group_prefix": topics.prefix}),
        topics=topics,
        stream=StreamSettings(**{"poll_seconds": 0.05, "idle_seconds": 0.1, **stream}),
    )


async def until(true: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to become true, and fail where it does not."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


def numbers(start: int, stop: int) -> list[str]:
    return [str(number) for number in range(start, stop)]


def repeated(values: Iterable[object]) -> list[object]:
    """Give what is there more than once."""
    return [value for value, times in Counter(values).items() if times > 1]
