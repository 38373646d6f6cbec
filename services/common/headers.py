"""The headers that the stream puts on what it writes: CloudEvents, and where a record came from."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.outcomes import Headers, InputRecord, Message, header
from services.common.topics import DEAD_LETTER, Topic

INPUT = "headrace.input"
"""``<group>/<topic>/<partition>/<offset>`` of the input record that a record came of."""

REFUSED = "headrace.refused"
"""The same on a dead letter, which keeps the headers of the record that was refused."""

CONTROL = "headrace.control"
"""What a record on ``papers`` asks for that is no listed paper; see ``dedupe.controls``."""

ENTERED = "headrace.entered"
"""Milliseconds since 1970 at which the page arrived on its topic."""

TRACE = "traceparent"


def input_prefix(group: str, topic: str, partition: int) -> str:
    """Give the start that the ``INPUT`` headers of one lane share."""
    return f"{group}/{topic}/{partition}/"


def entered_ms(record: InputRecord) -> int:
    """Give when the page behind a record arrived, in milliseconds since 1970."""
    if not record.headers:
        return record.timestamp
    value = header(record, ENTERED)
    return int(value) if value and value.isdigit() else record.timestamp


class Stamp:
    """Puts the stream's headers on the messages of one lane (CloudEvents 1.0, binary mode)."""

    def __init__(self, prefix: str, *, service: str, sinks: Sequence[Topic]) -> None:
        self._prefix = prefix
        self._fixed: dict[str, Headers] = {
            topic.name: (
                ("ce_specversion", b"1.0"),
                ("ce_type", topic.event_type.encode()),
                ("ce_source", f"/headrace/{service}".encode()),
                ("content-type", b"application/json"),
            )
            for topic in sinks
            if topic.event_type is not None
        }

    def headers(self, record: InputRecord, index: int, message: Message) -> list[tuple[str, bytes]]:
        """Give all headers of the ``index``-th message that came of a record."""
        coordinates = f"{self._prefix}{record.offset}"
        entered = (ENTERED, str(entered_ms(record)).encode())
        if message.topic == DEAD_LETTER.name:
            kept = [pair for pair in message.headers if pair[0] not in (REFUSED, ENTERED)]
            return [*kept, (REFUSED, coordinates.encode()), entered]
        own = [
            *message.headers,
            *self._fixed[message.topic],
            ("ce_id", f"{coordinates}/{index}".encode()),
            (INPUT, coordinates.encode()),
            entered,
        ]
        if record.headers and (trace := header(record, TRACE)) is not None:
            own.append((TRACE, trace))
        return own
