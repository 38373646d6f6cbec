"""Puts ingest together and runs it."""

from __future__ import annotations

from typing import NoReturn

from services.common.host import Service, always, serve
from services.common.session import PlainSession, Route
from services.common.settings import load
from services.common.topics import DEAD_LETTER, PAGES, PAPERS
from services.ingest.handler import REASONS, IngestHandler
from services.ingest.settings import IngestSettings, ingest_group

USUAL_PORT = 6061


def service(settings: IngestSettings) -> Service:
    """Describe ingest: pages in, papers out."""
    handler = IngestHandler(settings.ingest)
    return Service(
        route=Route(
            service="ingest",
            group=ingest_group(settings),
            source=PAGES,
            sinks=(PAPERS, DEAD_LETTER),
        ),
        settings=settings,
        usual_port=USUAL_PORT,
        open=lambda _: always(lambda _: PlainSession(handler)),
        verdicts=("parsed",),
        reasons=REASONS,
    )


def main() -> NoReturn:
    """Run ingest as this process."""
    serve(service(load(IngestSettings)))
