"""The faults themselves: what is done to which process."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass

import redis

from services.common import reader
from services.common.topics import ENRICHED, PAPERS, UNIQUE
from services.local import process
from services.local.kafka import KafkaServer
from services.local.server import Server
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests.faults.history import History
from tests.faults.links import Links
from tests.faults.schedule import Fault, Kind, Plan
from tests.pipeline import Pipeline

POLL_SECONDS = 0.05
OPEN_SECONDS = 10.0
SLOWEST_SECONDS = 1.0
"""By which a slow network holds up each piece."""


@dataclass(frozen=True)
class Struck:
    """A fault that was done: when, as a monotonic time, and what there is to say of it."""

    at: float
    note: str = ""


class Striker:
    """Strikes the servers and workers of one campaign; each of them runs again afterwards."""

    def __init__(
        self,
        plan: Plan,
        *,
        kafka: KafkaServer,
        valkey: ValkeyServer,
        pipeline: Pipeline,
        history: History,
        links: Links,
        source: random.Random,
    ) -> None:
        self.kills = 0
        self._plan = plan
        self._kafka = kafka
        self._valkey = valkey
        self._pipeline = pipeline
        self._history = history
        self._links = links
        self._source = source

    async def strike(self, fault: Fault) -> Struck:
        """Do it, and return when what it struck runs again; a worker is left to its supervisor."""
        match fault.kind:
            case Kind.KILL:
                return await self._kill(fault)
            case Kind.STOP:
                return await self._stop(fault)
            case Kind.BROKER | Kind.VALKEY:
                server = self._kafka if fault.kind is Kind.BROKER else self._valkey
                return await self._away(server, fault.lasts)
            case Kind.COMMIT:
                note = await self._transaction_is_open()
                return await self._away(self._kafka, fault.lasts, note)
            case Kind.TAIL | Kind.SNAPSHOT:
                return await self._lose(fault)
            case Kind.FLUSH:
                return self._flush()
            case Kind.SLOW | Kind.RESET | Kind.SILENT:
                return await self._network(fault)

    async def _kill(self, fault: Fault) -> Struck:
        worker = await self._worker(fault)
        self.kills += 1
        at = time.monotonic()
        worker.kill()
        return Struck(at)

    async def _stop(self, fault: Fault) -> Struck:
        worker = await self._worker(fault)
        at = time.monotonic()
        if (stopped := process.find(worker.process)) is not None:
            stopped.suspend()
            await asyncio.sleep(self._plan.session_timeout + 0.5 + fault.lasts)
            stopped.resume()
        return Struck(at)

    async def _worker(self, fault: Fault) -> ServiceProcess:
        """Give the worker once it is at work; one that is not in time is struck as it is."""
        worker = self._pipeline.services[f"{fault.stage}-{fault.worker + 1}"]
        deadline = time.monotonic() + self._plan.patience
        while not (worker.running and (time.monotonic() > deadline or await _ready(worker))):
            await asyncio.sleep(POLL_SECONDS)
        return worker

    async def _away(self, server: Server, seconds: float, note: str = "") -> Struck:
        at = time.monotonic()
        server.kill()
        await asyncio.sleep(seconds)
        await asyncio.to_thread(_start, server)
        return Struck(at, note)

    async def _transaction_is_open(self) -> str:
        """Wait until a transaction is open somewhere: the last stable offset is behind the end."""
        clients, deadline = self._pipeline.clients, time.monotonic() + OPEN_SECONDS
        while time.monotonic() < deadline:
            for topic in (PAPERS, UNIQUE, ENRICHED):
                name = self._pipeline.topics.full_name(topic)
                ends = await reader.end_offsets(clients, name, isolation="read_uncommitted")
                stable = await reader.end_offsets(clients, name, isolation="read_committed")
                if found := [each for each in ends if stable[each] < ends[each]]:
                    return f"one open on {topic.name}-{found[0]}"
        return "none was open"

    async def _lose(self, fault: Fault) -> Struck:
        at = time.monotonic()
        self._valkey.kill()
        if fault.kind is Kind.TAIL:
            lost = self._plan.tail_seconds * fault.share
            note = self._history.cut(lost, self._source)
        else:
            note = self._history.restore(fault.share)
        await asyncio.sleep(fault.lasts)
        await asyncio.to_thread(_start, self._valkey)
        return Struck(at, note)

    async def _network(self, fault: Fault) -> Struck:
        assert fault.stage is not None
        network = self._links.between(fault.stage, fault.server)
        at = time.monotonic()
        if fault.kind is Kind.RESET:
            return Struck(at, f"{network.reset()} of them")
        if fault.kind is Kind.SILENT:
            note = f"{network.fall_silent()} of them, {fault.lasts:.1f} s"
        else:
            seconds = SLOWEST_SECONDS * fault.share
            network.delay(seconds)
            note = f"{seconds:.2f} s late for {fault.lasts:.1f} s"
        await asyncio.sleep(fault.lasts)
        network.heal()
        return Struck(at, note)

    def _flush(self) -> Struck:
        with redis.Redis.from_url(self._valkey.url) as client:
            held = client.dbsize()
            at = time.monotonic()
            client.flushall()
        return Struck(at, f"{held} keys")


def _start(server: Server) -> None:
    server.start()
    server.wait_ready()


async def _ready(worker: ServiceProcess) -> bool:
    return await asyncio.to_thread(worker.ready)
