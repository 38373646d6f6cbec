"""Puts dedupe together and runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NoReturn

from services.common.clients import KafkaClients
from services.common.host import Service, serve
from services.common.refusals import Refusals
from services.common.session import Context, Route, SessionFactory
from services.common.settings import load
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, PAPERS, SIGHTINGS, UNIQUE
from services.common.turns import Turns
from services.dedupe.catch_up import CatchUp
from services.dedupe.handler import OUTCOMES, REASONS, DedupeSession
from services.dedupe.index import RedisIndex, open_index
from services.dedupe.occupancy import watched
from services.dedupe.settings import DedupeSettings, dedupe_group

USUAL_PORT = 6062


def service(settings: DedupeSettings) -> Service:
    """Describe dedupe: papers in, unique papers and sightings out."""
    return Service(
        route=Route(
            service="dedupe",
            group=dedupe_group(settings),
            source=PAPERS,
            sinks=(UNIQUE, SIGHTINGS, DEAD_LETTER),
        ),
        settings=settings,
        usual_port=USUAL_PORT,
        open=lambda telemetry: _sessions(settings, telemetry),
        verdicts=OUTCOMES,
        reasons=REASONS,
    )


@asynccontextmanager
async def _sessions(
    settings: DedupeSettings, telemetry: Telemetry
) -> AsyncIterator[SessionFactory]:
    async with index_of(settings) as index, watched(settings, telemetry):
        catch_up = CatchUp(index, lineage_context(settings, telemetry))
        yield lambda lane: DedupeSession(lane, index=index, catch_up=catch_up)


def index_of(settings: DedupeSettings) -> AbstractAsyncContextManager[RedisIndex]:
    """Give the index, bound to the group and the topic that it is of."""
    binding = f"group={dedupe_group(settings)} papers={settings.topics.full_name(PAPERS)}"
    return open_index(settings.redis, settings.dedupe, binding=binding)


def lineage_context(settings: DedupeSettings, telemetry: Telemetry) -> Context:
    """Give what a catch-up works with: it reads unique, and has a group for the lineage alone."""
    return Context(
        route=Route("dedupe", f"{dedupe_group(settings)}.lineage", source=UNIQUE, sinks=()),
        names={UNIQUE.name: settings.topics.full_name(UNIQUE)},
        clients=KafkaClients(settings.kafka),
        settings=settings.stream,
        telemetry=telemetry,
        turns=Turns(),
        refusals=Refusals(settings.stream.refusals_per_minute),
    )


def main() -> NoReturn:
    """Run dedupe as this process."""
    serve(service(load(DedupeSettings)))
