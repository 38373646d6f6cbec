"""Where a lane begins, and when it must refuse to."""

from __future__ import annotations

from contextlib import aclosing

from services.common.clients import KafkaClients
from services.common.errors import ExitStatus, Fatal
from services.common.headers import INPUT, REFUSED, input_prefix
from services.common.outcomes import InputRecord, header
from services.common.reader import end_offsets, read
from services.common.session import Context


async def refuse_lost(context: Context, partition: int) -> None:
    """Refuse to start a partition from its beginning where the group has been at work already.

    Raises:
        Fatal: a topic holds what the group wrote for this partition, so its offset was lost.
    """
    route, names = context.route, context.names
    source = names[route.source.name]
    prefix = input_prefix(route.group, source, partition).encode()
    for sink in route.sinks:
        if await _holds(context.clients, names[sink.name], prefix):
            raise Fatal(
                f"group {route.group} has no committed offset for {source}-{partition}, yet "
                f"{names[sink.name]} holds records that it wrote; starting over would write them "
                "again. Set the group's offset by hand (kafka-consumer-groups --reset-offsets), or "
                "give the group and its topics new names (HEADRACE_KAFKA__GROUP_PREFIX, "
                "HEADRACE_TOPICS__PREFIX)",
                ExitStatus.CONFIGURATION,
            )


def refuse_expired(place: str, *, committed: int, begin: int) -> None:
    """Refuse to go on where records expired unread.

    Raises:
        Fatal: the log of ``place`` begins above the committed offset.
    """
    if committed < begin:
        raise Fatal(
            f"{begin - committed} offsets of {place} expired before they were read (committed "
            f"{committed}, the log begins at {begin}); to go on without them, set the group's "
            "offset to the log's start by hand, and raise the topic's retention.ms",
            ExitStatus.CONFIGURATION,
        )


async def _holds(clients: KafkaClients, topic: str, prefix: bytes) -> bool:
    if not any((await end_offsets(clients, topic)).values()):
        return False
    async with aclosing(read(clients, topic)) as batches:
        async for records in batches:
            if any(_came_of(record, prefix) for record in records):
                return True
    return False


def _came_of(record: InputRecord, prefix: bytes) -> bool:
    return any((header(record, name) or b"").startswith(prefix) for name in (INPUT, REFUSED))
