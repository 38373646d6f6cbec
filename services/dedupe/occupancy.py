"""How full the index and its server are: gauges, and a warning before the index is full."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from services.common.errors import ServiceError
from services.common.telemetry import Telemetry
from services.dedupe.server import NO_EVICTION
from services.dedupe.settings import DedupeSettings
from services.dedupe.survey import Counts, Server, Survey, open_survey

log = structlog.get_logger()

LOOK_SECONDS = 60.0
WARNING_SHARE = 0.8


@asynccontextmanager
async def watched(settings: DedupeSettings, telemetry: Telemetry) -> AsyncIterator[None]:
    """Look at the index each minute until the end."""
    async with open_survey(settings.redis, settings.dedupe) as survey:
        watch = asyncio.create_task(_watch(survey, settings.dedupe.capacity, telemetry))
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait([watch])


async def _watch(survey: Survey, capacity: int, telemetry: Telemetry) -> None:
    while True:
        try:
            tell(await survey.counts(), capacity, telemetry)
            tell_of_server(await survey.server(), telemetry)
        except ServiceError as error:
            # The lanes find out by themselves, and say what they wait for.
            log.debug("index_not_surveyed", why=str(error))
        await asyncio.sleep(LOOK_SECONDS)


def tell(counts: Counts, capacity: int, telemetry: Telemetry) -> None:
    """Set the gauges, and warn where the index is nearly full or more than that.

    Beyond its capacity the index is as right as before, and slower: so nothing is refused, and it
    is said each minute.
    """
    kinds = {"paper": counts.papers, "alias": counts.aliases, "revision": counts.revisions}
    for kind, number in kinds.items():
        telemetry.set("index_records", number, kind=kind)
    share = counts.wordings / capacity
    telemetry.set("index_capacity_ratio", share)
    if share >= WARNING_SHARE:
        log.warning(
            "index_over_capacity" if share > 1 else "index_nearly_full",
            wordings=counts.wordings,
            capacity=capacity,
            share=round(share, 3),
            advice="a new namespace with a larger capacity: see docs/dedupe.md",
        )


def tell_of_server(server: Server, telemetry: Telemetry) -> None:
    """Set the gauges, and warn of a policy that was changed under a dedupe that runs.

    One that starts refuses such a server.
    """
    telemetry.set("index_memory_bytes", server.used_bytes)
    telemetry.set("index_memory_limit_bytes", server.most_bytes)
    telemetry.set("index_evicts", server.evicts)
    if server.evicts:
        log.error("index_may_lose_papers", advice=f"set maxmemory-policy to {NO_EVICTION}")
