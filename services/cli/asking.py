"""Control records sent to dedupe, and its answer waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.cli.cluster import Cluster
from services.common import groups
from services.common.clients import close
from services.common.deadline import within
from services.common.errors import ExitStatus, Fatal
from services.common.outcomes import Message
from services.common.topics import PAPERS
from services.dedupe.settings import dedupe_group

POLL_SECONDS = 0.2
CLOSE_SECONDS = 5.0


async def asked(cluster: Cluster, messages: Sequence[Message], *, timeout: float) -> None:
    """Send control records in their order, and return when dedupe has committed them all.

    Raises:
        Fatal: Kafka did not take them, or dedupe did not come to them in time.
    """
    await cluster.require(PAPERS.name)
    name, reached = cluster.full_name(PAPERS.name), dict[int, int]()
    producer = await cluster.clients.started(cluster.clients.producer)
    try:
        for each in messages:
            sent = producer.send_and_wait(
                name, each.value, key=each.key, headers=list(each.headers)
            )
            place = await within(sent, f"sending to {name}")
            reached[place.partition] = place.offset
    finally:
        await within(close(producer), "closing the producer", CLOSE_SECONDS)
    try:
        async with asyncio.timeout(timeout):
            # Kafka tells nobody that a group has committed.
            while not await _passed(cluster, name, reached):  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise Fatal(
            f"it is on {name}, and dedupe has not come to it within {timeout:g} s; it will, once "
            "it runs and what is before it is through (`headrace drain` waits for that)",
            ExitStatus.TEMPORARY,
        ) from None


async def _passed(cluster: Cluster, topic: str, reached: dict[int, int]) -> bool:
    group = dedupe_group(cluster.settings)
    committed = await groups.committed_offsets(cluster.clients, group, topic)
    return all(committed.get(at, 0) > offset for at, offset in reached.items())
