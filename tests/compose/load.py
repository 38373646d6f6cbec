"""Feed a running stack pages of many kinds for a while: ``python -m tests.compose.load``.

The dashboards' pictures and values in docs are of it: papers that are new, copied and much alike,
and pages that cannot be read, from several sources.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import Iterator

from services.common.clients import KafkaClients
from services.common.settings import KafkaSettings, TopicSettings
from services.common.topics import PAGES
from tests.integration import test_dashboards as dashboards


def pages() -> Iterator[bytes]:
    """Yield pages for ever, some of them for the second time."""
    for turn in itertools.count():
        yield from dashboards.load(1_000 + turn * dashboards.PAGES)


async def feed(kafka: str, *, minutes: float, seconds: float) -> int:
    """Send a page every so many seconds, for so many minutes; give how many there were."""
    clients = KafkaClients(KafkaSettings(bootstrap_servers=kafka))
    topic = TopicSettings().full_name(PAGES)
    producer = await clients.started(clients.producer)
    end, sent = time.monotonic() + 60 * minutes, 0
    try:
        for page, source in zip(pages(), itertools.cycle(dashboards.SOURCES), strict=False):
            if time.monotonic() > end:
                break
            await producer.send_and_wait(topic, page, key=source)
            sent += 1
            await asyncio.sleep(seconds)
    finally:
        await producer.stop()
    return sent


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.compose.load")
    arguments.add_argument("--kafka", default="127.0.0.1:9092")
    arguments.add_argument("--minutes", type=float, default=10.0)
    arguments.add_argument("--seconds", type=float, default=2.0, help="between two pages")
    asked = arguments.parse_args()
    count = asyncio.run(feed(asked.kafka, minutes=asked.minutes, seconds=asked.seconds))
    print(f"{count} pages")
