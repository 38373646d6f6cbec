"""A service that copies records: ``python -m tests.integration.copying fast|slow|broken``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import NoReturn

import structlog

from services.common import entry
from services.common.host import Service, serve
from services.common.outcomes import Handler, InputRecord, Outcome
from services.common.session import PlainSession, Route
from services.common.settings import CommonSettings, load
from services.common.topics import DEAD_LETTER, PAPERS, UNIQUE
from tests.integration.streams import copy

log = structlog.get_logger()


async def fast(records: Sequence[InputRecord]) -> Sequence[Outcome]:
    return [copy(record) for record in records]


async def slow(records: Sequence[InputRecord]) -> Sequence[Outcome]:
    log.info("slow_handling_begun")
    await asyncio.sleep(3_600)
    return await fast(records)


async def broken(records: Sequence[InputRecord]) -> Sequence[Outcome]:
    raise ZeroDivisionError(f"of {len(records)} records")


HANDLERS: dict[str, Handler] = {"fast": fast, "slow": slow, "broken": broken}


def main() -> NoReturn:
    """Run as a service does."""
    settings, handler = load(CommonSettings), HANDLERS[sys.argv[1]]
    route = Route(
        service="copy",
        group=f"{settings.kafka.group_prefix}.copy",
        source=PAPERS,
        sinks=(UNIQUE, DEAD_LETTER),
    )
    serve(
        Service(
            route=route,
            settings=settings,
            usual_port=6069,
            open=lambda _: nullcontext(lambda _: PlainSession(handler)),
            verdicts=("same",),
            reasons=(),
        )
    )


if __name__ == "__main__":
    entry.run(main)
