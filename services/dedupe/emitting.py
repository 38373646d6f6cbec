"""What dedupe says of a paper in the headers of ``unique``: all that a catch-up needs to know."""

from __future__ import annotations

from services.common.outcomes import Headers
from services.dedupe.claims import Answer, Claim

OWNER = "headrace.owner"
"""Where in ``papers`` the record is that emits it: partition and offset."""

PAPER_ID = "headrace.paper_id"
REVISION = "headrace.revision"
SIGNATURE = "headrace.signature"
"""As ``signature.signed`` gives it, in bytes."""


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
