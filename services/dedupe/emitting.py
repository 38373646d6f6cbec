"""What dedupe writes to ``unique``; its headers say all that a catch-up needs to know."""

from __future__ import annotations

import msgspec

from services.common.codec import encode
from services.common.outcomes import Headers, Message
from services.common.records import Paper, Verdict
from services.common.topics import UNIQUE
from services.dedupe.claims import Answer, Claim

EMITTING = (Verdict.NEW, Verdict.REVISED)
"""The verdicts that put a paper on ``unique``."""

OWNER = "headrace.owner"
"""Where in ``papers`` the record is that emits it: partition and offset."""

PAPER_ID = "headrace.paper_id"
REVISION = "headrace.revision"
SIGNATURE = "headrace.signature"
"""As ``signature.signed`` gives it, in bytes."""


def emitted(paper: Paper, claim: Claim, answer: Answer) -> Message:
    """Give the record of a paper that is emitted."""
    numbered = msgspec.structs.replace(
        paper, paper_id=answer.paper_id, revision=answer.revision, related=answer.related
    )
    return Message(
        topic=UNIQUE.name,
        key=paper.wording_id.encode(),
        value=encode(numbered),
        partition_key=answer.paper_id.encode(),
        headers=headers(claim, answer),
    )


def headers(claim: Claim, answer: Answer) -> Headers:
    """Give the headers of a record that is emitted."""
    owned = claim.owned
    return (
        (OWNER, f"{owned.partition}:{owned.offset}".encode()),
        (PAPER_ID, answer.paper_id.encode()),
        (REVISION, str(answer.revision).encode()),
        (SIGNATURE, claim.signature),
    )


def read_owner(value: bytes) -> tuple[int, int] | None:
    """Give partition and offset, or None for a value that is no owner."""
    partition, _, offset = value.partition(b":")
    return (int(partition), int(offset)) if partition.isdigit() and offset.isdigit() else None
