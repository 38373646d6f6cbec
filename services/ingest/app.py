"""Puts ingest together and runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from services.common.errors import Fatal, Retryable
from services.common.host import Service, serve
from services.common.session import PlainSession, Route, SessionFactory
from services.common.settings import load
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, PAGES, PAPERS
from services.ingest.handler import REASONS, IngestHandler
from services.ingest.parsers import Parsers
from services.ingest.quota import Quota
from services.ingest.settings import IngestSection, IngestSettings, ingest_group

USUAL_PORT = 6061


def service(settings: IngestSettings) -> Service:
    """Describe ingest: pages in, papers out."""
    return Service(
        route=Route(
            service="ingest",
            group=ingest_group(settings),
            source=PAGES,
            sinks=(PAPERS, DEAD_LETTER),
        ),
        settings=settings,
        usual_port=USUAL_PORT,
        open=lambda telemetry: _sessions(settings.ingest, telemetry),
        verdicts=("parsed",),
        reasons=REASONS,
    )


@asynccontextmanager
async def _sessions(limits: IngestSection, telemetry: Telemetry) -> AsyncIterator[SessionFactory]:
    parsers = Parsers(limits, ended=lambda how: telemetry.count("parser_ends_total", reason=how))
    try:
        await _start(parsers)
        most = limits.papers_per_source_hour
        handler = IngestHandler(parsers, Quota(most) if most else None)
        yield lambda _: PlainSession(handler)
    finally:
        parsers.close()


async def _start(parsers: Parsers) -> None:
    try:
        await parsers.start()
    except Retryable as error:
        raise Fatal(str(error)) from error


def main() -> NoReturn:
    """Run ingest as this process."""
    serve(service(load(IngestSettings)))
