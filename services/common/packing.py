"""How much fits: into one record, and into one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.common.dead_letters import refuse
from services.common.errors import Rejected
from services.common.outcomes import InputRecord, Message, Outcome
from services.common.session import Route

TOO_LARGE = "output_too_large"
"""The reason of a dead letter in the place of a message that its topic would not take."""

ROOM_BYTES = 1024
"""What the stream adds to a message: its own headers and the framing of a record."""

Batch = tuple[Sequence[InputRecord], Sequence[Outcome]]
"""Records with their outcomes, one to one, that are committed together."""


def message_bytes(message: Message) -> int:
    """Give the most bytes that a message takes on the broker, uncompressed."""
    size = ROOM_BYTES + len(message.value or b"") + len(message.key or b"")
    for name, value in message.headers:
        size += len(name) + len(value) + 10
    return size


def fit(record: InputRecord, outcome: Outcome, route: Route) -> tuple[Outcome, int]:
    """Give the outcome and its bytes; a dead letter instead where a message is too large.

    Checked before anything is sent: one record that the broker refuses spoils its whole batch and
    the producer's sequence with it.
    """
    limits = {topic.name: topic.max_record_bytes for topic in route.sinks}
    total = 0
    for message in outcome.messages:
        size = message_bytes(message)
        limit = limits[message.topic]
        if size > limit:
            detail = f"a message of {size} bytes for {message.topic}, which takes {limit}"
            outcome = refuse(record, Rejected(TOO_LARGE, detail), stage=route.service)
            return outcome, sum(message_bytes(message) for message in outcome.messages)
        total += size
    return outcome, total


def batches(
    records: Sequence[InputRecord],
    outcomes: Sequence[Outcome],
    *,
    route: Route,
    most_bytes: int,
) -> Iterator[Batch]:
    """Yield the records in transactions of at most ``most_bytes``, or of one record.

    Args:
        records: in their order; ``outcomes`` belong to them one to one.
        route: of the service: the topics that it may write.
        most_bytes: of the messages in one transaction.
    """
    start, total = 0, 0
    fitted: list[Outcome] = []
    for index, (record, outcome) in enumerate(zip(records, outcomes, strict=True)):
        checked, size = fit(record, outcome, route)
        if fitted and total + size > most_bytes:
            yield records[start:index], fitted
            start, total, fitted = index, 0, []
        fitted.append(checked)
        total += size
    if fitted:
        yield records[start:], fitted
