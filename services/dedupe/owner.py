"""A paper's owner as a header of ``unique``: where in ``papers`` the record is that emits it."""

from __future__ import annotations

OWNER = "headrace.owner"


def write_owner(partition: int, offset: int) -> bytes:
    """Give the header's value."""
    return f"{partition}:{offset}".encode()


def read_owner(value: bytes) -> tuple[int, int] | None:
    """Give partition and offset, or None for a value that is no owner."""
    partition, _, offset = value.partition(b":")
    return (int(partition), int(offset)) if partition.isdigit() and offset.isdigit() else None
