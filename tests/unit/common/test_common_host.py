"""What a service says of itself does not hold up its work."""

from __future__ import annotations

import asyncio
import threading

from services.common.host import Host
from services.common.telemetry import Telemetry
from services.ingest.app import service
from services.ingest.settings import IngestSettings

PATIENCE_SECONDS = 5.0


class Slow(Telemetry):
    """Metrics that are written once the loop has gone on."""

    def __init__(self) -> None:
        super().__init__()
        self.went_on = threading.Event()

    def exposition(self) -> bytes:
        return b"beside" if self.went_on.wait(PATIENCE_SECONDS) else b"instead"


async def test_lanes_go_on_while_the_metrics_are_written() -> None:
    telemetry = Slow()
    writing = asyncio.create_task(Host(service(IngestSettings()), telemetry).metrics())
    await asyncio.sleep(0)
    telemetry.went_on.set()
    assert await writing == b"beside"
