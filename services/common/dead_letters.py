"""A record that can never succeed, kept whole with where, why and how often.

The header names of place and reason are those of Kafka Connect, so that its tools read them.
"""

from __future__ import annotations

import msgspec

from services.common.errors import Rejected
from services.common.headers import ENTERED, INPUT, REFUSED
from services.common.outcomes import InputRecord, Message, Outcome, header
from services.common.topics import DEAD_LETTER

CONNECT = "__connect.errors."
REASON = "headrace.reason"
ATTEMPTS = "headrace.attempts"
ITEM = "headrace.item"
"""Of a dead letter that holds one item of a record and not the record: the item's number."""

REDRIVEN = "headrace.redriven"
"""Of a record that was sent back to where it was refused: where its dead letter is."""

SETTLED = "headrace.settled"
VERDICT = "headrace.verdict"
"""Of a record that says what became of a dead letter: where that is, and whether it was redriven or
discarded."""

OURS = (REASON, ITEM, REDRIVEN, INPUT, REFUSED, ENTERED)

DETAIL_CHARACTERS = 2_000


def dead_letter(record: InputRecord, rejected: Rejected, *, stage: str) -> Message:
    """Give the message that keeps a record and says why it was refused.

    The value, the key and the record's own headers are the original bytes; headers of an earlier
    refusal are replaced, and the attempts counted on.
    """
    earlier = header(record, ATTEMPTS) or b""
    attempts = int(earlier) + 1 if earlier.isdigit() and len(earlier) < 9 else 1
    own = tuple(
        (name, value)
        for name, value in record.headers
        if not name.startswith(CONNECT) and name not in (REASON, ATTEMPTS, ITEM)
    )
    return Message(
        topic=DEAD_LETTER.name,
        key=record.key,
        value=record.value if record.value is not None else b"",
        headers=(
            *own,
            (CONNECT + "topic", record.topic.encode()),
            (CONNECT + "partition", str(record.partition).encode()),
            (CONNECT + "offset", str(record.offset).encode()),
            (CONNECT + "stage", stage.encode()),
            (CONNECT + "exception.class.name", type(rejected).__name__.encode()),
            (CONNECT + "exception.message", rejected.detail[:DETAIL_CHARACTERS].encode()),
            (REASON, rejected.reason.encode()),
            (ATTEMPTS, str(attempts).encode()),
        ),
    )


def item_letter(letter: Message, item: bytes, *, number: int) -> Message:
    """Give the dead letter of one item, from 1, of a record that otherwise came through."""
    return msgspec.structs.replace(
        letter, value=item, headers=(*letter.headers, (ITEM, str(number).encode()))
    )


def redriven(letter: InputRecord, topic: str, *, place: str) -> Message:
    """Give the record of a dead letter as it was, for the topic of this short name.

    It keeps how often it was refused, and says where its dead letter is.
    """
    kept = tuple(
        (name, value)
        for name, value in letter.headers
        if not name.startswith(CONNECT) and name not in OURS
    )
    return Message(
        topic=topic,
        key=letter.key,
        value=letter.value,
        headers=(*kept, (REDRIVEN, place.encode())),
    )


def refuse(record: InputRecord, rejected: Rejected, *, stage: str) -> Outcome:
    """Give the outcome of a record whose only message is its dead letter."""
    return Outcome(
        verdict="dead_letter",
        messages=(dead_letter(record, rejected, stage=stage),),
        rejected=(rejected.reason,),
    )
