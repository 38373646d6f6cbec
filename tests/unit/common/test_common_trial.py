"""A record that ends the process is found out, and healthy ones are not blamed for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.errors import Retryable
from services.common.outcomes import InputRecord, Outcome
from services.common.session import PlainSession
from services.common.suspicion import MOST_ALONE, Suspicion, read_suspicion
from services.common.trial import Trial
from services.common.turns import Turns
from tests.invented import Record


class Died(BaseException):
    """What a real death looks like from inside a test: nothing of the process goes on."""


class Log:
    """One partition with its committed offset and metadata, outliving every process."""

    def __init__(self, count: int, poison: frozenset[int]) -> None:
        self.records = [Record(b"", offset=offset) for offset in range(count)]
        self.poison = poison
        self.position = 0
        self.metadata = ""
        self.crashed: list[int] = []
        self.handled: list[int] = []
        self.deaths = 0

    async def handler(self, records: Sequence[InputRecord]) -> list[Outcome]:
        if any(record.offset in self.poison for record in records):
            raise Died
        return [Outcome(verdict="parsed") for _ in records]

    async def note(self, suspicion: Suspicion) -> None:
        self.metadata = str(suspicion)

    def trial(self) -> Trial:
        return Trial(
            PlainSession(self.handler),
            read_suspicion(self.metadata),
            note=self.note,
            turns=Turns(),
            stage="test",
        )

    async def process(self, batch: int) -> None:
        """Work as one process does, until its end or its death."""
        trial = self.trial()
        while records := self.records[self.position : self.position + batch]:
            async with trial.turn(records) as taken:
                outcomes = await trial.handle(taken)
            for record, outcome in zip(records, outcomes, strict=False):
                (self.crashed if outcome.rejected else self.handled).append(record.offset)
            position = records[len(outcomes) - 1].offset + 1
            self.metadata = trial.metadata(position)
            trial.survived(position)
            self.position = position

    async def supervised(self, batch: int) -> None:
        for _ in range(10 * len(self.records) + 10):
            try:
                return await self.process(batch)
            except Died:
                self.deaths += 1
        raise AssertionError("it dies for ever")


@given(
    count=st.integers(1, 12),
    poison=st.frozensets(st.integers(0, 11), max_size=3),
    batch=st.integers(1, 12),
)
async def test_poison_is_given_up_and_every_other_record_handled(
    count: int, poison: frozenset[int], batch: int
) -> None:
    log = Log(count, poison)
    await log.supervised(batch)
    assert log.crashed == sorted(offset for offset in poison if offset < count)
    assert log.handled == [offset for offset in range(count) if offset not in poison]
    assert log.metadata == ""
    assert log.deaths <= (MOST_ALONE + 2) * max(1, len(log.crashed))


async def test_a_process_that_ends_well_leaves_no_note() -> None:
    log = Log(3, frozenset())
    trial = log.trial()
    async with trial.turn(log.records) as taken:
        await trial.handle(taken)
    assert log.metadata == "until=3;alone=0"
    await trial.leave()
    assert log.metadata == ""


async def test_a_handler_that_raises_leaves_its_note() -> None:
    async def broken(records: Sequence[InputRecord]) -> list[Outcome]:
        raise ZeroDivisionError

    log = Log(3, frozenset())
    trial = Trial(PlainSession(broken), Suspicion(), note=log.note, turns=Turns(), stage="test")
    with pytest.raises(ZeroDivisionError):
        async with trial.turn(log.records) as taken:
            await trial.handle(taken)
    await trial.leave()
    assert log.metadata == "until=3;alone=0"


async def test_waiting_for_a_server_is_nobodys_fault() -> None:
    async def waiting(records: Sequence[InputRecord]) -> list[Outcome]:
        raise Retryable("redis_unavailable", "away")

    log = Log(3, frozenset())
    trial = Trial(PlainSession(waiting), Suspicion(), note=log.note, turns=Turns(), stage="test")
    with pytest.raises(Retryable):
        async with trial.turn(log.records) as taken:
            await trial.handle(taken)
    await trial.leave()
    assert log.metadata == ""


@pytest.mark.parametrize("metadata", ["", "until=;alone=1", "somebody else's", "until=1;alone=-1"])
def test_metadata_of_somebody_else_raises_no_suspicion(metadata: str) -> None:
    assert read_suspicion(metadata) == Suspicion()


async def test_whoever_is_alone_is_alone() -> None:
    turns = Turns()
    inside: list[str] = []
    most: list[tuple[str, ...]] = []

    async def take(name: str) -> None:
        async with turns.alone() if name == "alone" else turns.together():
            inside.append(name)
            most.append(tuple(inside))
            await asyncio.sleep(0)
            inside.remove(name)

    names = ["together", "together", "alone", "together", "alone", "together"]
    await asyncio.gather(*(take(name) for name in names))
    assert all(seen == ("alone",) for seen in most if "alone" in seen)
    assert ("together", "together") in most
    assert most.index(("alone",)) < len(most) - 1


async def test_whoever_stops_waiting_holds_nobody_up() -> None:
    turns = Turns()
    async with turns.together():
        waiting = asyncio.create_task(turns.alone().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        async with asyncio.timeout(1), turns.together():
            pass
