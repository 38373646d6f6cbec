"""What the services say of themselves while a server is away."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from services.local.service import ServiceProcess
from tests.pipeline import Pipeline

LOOK_SECONDS = 1.0
ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Look:
    """One look at a worker: ``/readyz``, and what ``/metrics`` says of the same.

    ``at`` is seconds since the watch began, ``waited`` the seconds waited for the reason that the
    watch is about.
    """

    at: float
    worker: str
    status: int
    reasons: tuple[str, ...]
    ready: float
    waited: float


async def watch(pipeline: Pipeline, *, seconds: float, reason: str) -> list[Look]:
    """Look at every worker once a second; one that does not answer is left out.

    Args:
        pipeline: whose workers are looked at.
        seconds: how long to look.
        reason: label of ``headrace_waiting_seconds_total`` to be read.
    """
    looks: list[Look] = []
    started = time.monotonic()
    while (now := time.monotonic() - started) < seconds:
        found = await asyncio.gather(
            *(
                asyncio.to_thread(_look, worker, now, reason)
                for worker in pipeline.services.values()
            )
        )
        looks += [look for look in found if look is not None]
        await asyncio.sleep(LOOK_SECONDS)
    return looks


def grown(looks: Sequence[Look]) -> float:
    """Give the seconds waited from the first look at one worker to the last."""
    return looks[-1].waited - looks[0].waited


def metrics(worker: ServiceProcess) -> dict[tuple[str, str | None], float]:
    """Give a worker's metrics by name and reason; of other labels any."""
    exposition = _get(worker.address, "/metrics")[1].decode()
    return {
        (sample.name, sample.labels.get("reason")): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def _look(worker: ServiceProcess, at: float, reason: str) -> Look | None:
    try:
        status, said = _get(worker.address, "/readyz")
        said_too = metrics(worker)
    except (OSError, http.client.HTTPException):
        return None
    return Look(
        at=at,
        worker=worker.name,
        status=status,
        reasons=tuple(json.loads(said)["reasons"]),
        ready=said_too["headrace_ready", None],
        waited=said_too.get(("headrace_waiting_seconds_total", reason), 0.0),
    )


def _get(address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
