"""Starts again what ends, as ``headrace up`` does, and keeps the reasons."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.common.errors import ExitStatus
from services.local.service import ServiceProcess
from services.local.supervised import Supervised
from tests.pipeline import Pipeline

POLL_SECONDS = 0.05
KILLED = -9
EXPECTED = (KILLED, int(ExitStatus.UNAVAILABLE), int(ExitStatus.TEMPORARY))
"""What a fault may do to a worker: end it, take its servers away, fence it."""


CAUGHT_UP_RECORDS = "records read to catch up"


@dataclass(frozen=True)
class End:
    """One end of a worker; ``reason`` has its numbers taken out, so that it can be counted."""

    worker: str
    status: int
    reason: str

    @property
    def stage(self) -> str:
        return self.worker.partition("-")[0]


class Supervisor:
    """Watches workers from their start."""

    def __init__(self, workers: Iterable[ServiceProcess]) -> None:
        self.ends: list[End] = []
        self._workers = [Supervised(each, "service") for each in workers]

    def start(self) -> None:
        for worker in self._workers:
            worker.start(time.monotonic())

    async def run(self) -> None:
        """Start again whatever ends, until cancelled."""
        while True:
            for worker in self._workers:
                self._look(worker)
            await asyncio.sleep(POLL_SECONDS)

    async def retire_one(self) -> ServiceProcess | None:
        """Stop the first worker for good; None where there is none left."""
        if not self._workers:
            return None
        worker = self._workers.pop(0).server
        assert isinstance(worker, ServiceProcess)
        await asyncio.to_thread(worker.stop)
        return worker

    def _look(self, worker: Supervised) -> None:
        waited = worker.member().last_exit is not None
        worker.look(time.monotonic(), lambda said: None)
        status = worker.member().last_exit
        if status is not None and not waited:
            reason = "" if status == KILLED else last_reason(worker.server.log)
            self.ends.append(End(worker.server.name, status, reason))


def unexpected(ends: Iterable[End], *, kills: int) -> list[str]:
    """Give the ends that no fault explains.

    Args:
        ends: of all workers.
        kills: how many workers the campaign killed itself.
    """
    found = list(ends)
    killed = sum(end.status == KILLED for end in found)
    strange = [
        f"{end.worker} ended with {end.status}: {end.reason}"
        for end in found
        if end.status not in EXPECTED
    ]
    if killed != kills:
        strange.append(f"{killed} workers were killed, {kills} of them by the campaign")
    return strange


async def idlers(pipeline: Pipeline, *, seconds: float) -> list[str]:
    """Wait until every worker works on a partition, and give those that do not in time.

    A worker may live on and do nothing, while the others do its work: no paper tells.
    """
    deadline = time.monotonic() + seconds
    while True:
        lanes = {
            name: await asyncio.to_thread(lanes_of, worker)
            for name, worker in pipeline.services.items()
        }
        idle = [name for name, count in lanes.items() if not count]
        if not idle or time.monotonic() > deadline:
            return [
                f"{name} works on nothing {seconds:.0f} s after the last fault" for name in idle
            ]
        await asyncio.sleep(POLL_SECONDS)


def lanes_of(worker: ServiceProcess) -> int:
    """Give the number of partitions that a worker works on; 0 where it does not answer."""
    connection = http.client.HTTPConnection(worker.address, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return int(json.loads(connection.getresponse().read()).get("lanes", 0))
    except (OSError, ValueError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def last_reason(log: Path) -> str:
    """Give the reason that a worker logged last, its numbers taken out."""
    for line in reversed(log.read_text(errors="replace").splitlines()[-50:]):
        logged = _parsed(line)
        if logged.get("event") == "service_stopped":
            return re.sub(r"[0-9]+", "N", str(logged["reason"]))
    return "it did not say why"


def events(logs: Iterable[Path]) -> Counter[str]:
    """Count the events that workers logged, and the records that their catch-ups read."""
    found: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text(errors="replace").splitlines():
            logged = _parsed(line)
            found[str(logged.get("event"))] += 1
            if logged.get("event") == "index_caught_up":
                found[CAUGHT_UP_RECORDS] += int(str(logged["records"]))
    return found


def _parsed(line: str) -> Mapping[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {"event": "Traceback"} if line.startswith("Traceback") else {}
    return found if isinstance(found, dict) else {}
