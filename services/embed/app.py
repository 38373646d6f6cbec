"""Puts embed together and runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NoReturn

from services.common.host import Service, serve
from services.common.records import FORGOTTEN
from services.common.session import PlainSession, Route, SessionFactory
from services.common.settings import load
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, UNIQUE
from services.embed.encoder import open_encoder
from services.embed.figures import Figures
from services.embed.handler import REASONS, EmbedHandler
from services.embed.quality import Quality
from services.embed.settings import EmbedSettings, embed_group, enriched_topic
from services.embed.throttle import ThrottledEncoder

USUAL_PORT = 6063


def service(settings: EmbedSettings) -> Service:
    """Describe embed: unique papers in, enriched papers out."""
    return Service(
        route=Route(
            service="embed",
            group=embed_group(settings),
            source=UNIQUE,
            sinks=(enriched_topic(settings), DEAD_LETTER),
        ),
        settings=settings,
        usual_port=USUAL_PORT,
        open=lambda telemetry: _sessions(settings, telemetry),
        verdicts=("embedded", FORGOTTEN),
        reasons=REASONS,
    )


@asynccontextmanager
async def _sessions(settings: EmbedSettings, telemetry: Telemetry) -> AsyncIterator[SessionFactory]:
    # In a thread: building and checking the model takes seconds, and the web pages answer already.
    encoder = await asyncio.to_thread(open_encoder, settings)
    try:
        telemetry.set("provider_info", 1, provider=encoder.card.provider)
        rate = settings.embed.texts_per_second
        paced = ThrottledEncoder(encoder, rate) if rate else encoder
        figures = Figures(Quality(encoder.card.dimensions))
        handler = EmbedHandler(paced, lambda: datetime.now(UTC), figures)
        yield lambda _: PlainSession(handler)
    finally:
        encoder.close()


def main() -> NoReturn:
    """Run embed as this process."""
    serve(service(load(EmbedSettings)))
