"""Where and when a page was captured, from its record's headers, key and timestamp."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from services.common.identity import page_id
from services.common.outcomes import InputRecord, header
from services.ingest.clean import one_line
from services.ingest.papers import Origin

SOURCE_CHARACTERS = 2_000
UNKNOWN_SOURCE = "unknown"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_999  # the end of the year 9999
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII
)


def origin(record: InputRecord) -> Origin:
    """Give where a page record came from; whatever its headers hold, there is an answer."""
    return Origin(
        page_id=page_id(record.value or b""),
        source=source(record),
        captured_at=captured_at(record),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )


def captured_at(record: InputRecord) -> datetime:
    """Give when a page was captured, in UTC: the ``ce_time`` header, else the record's time."""
    return _header_time(header(record, "ce_time")) or _record_time(record.timestamp)


def source(record: InputRecord) -> str:
    """Give the ``ce_source`` header, else the key where it is text."""
    for candidate in (header(record, "ce_source"), record.key):
        try:
            found = one_line((candidate or b"").decode())[:SOURCE_CHARACTERS].rstrip()
        except UnicodeDecodeError:
            continue
        if found:
            return found
    return UNKNOWN_SOURCE


def _header_time(value: bytes | None) -> datetime | None:
    """Read an RFC 3339 time as UTC, or give None."""
    text = (value or b"").decode("ascii", errors="replace")
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _record_time(milliseconds: int) -> datetime:
    """Give a record's timestamp as UTC; a producer may set any, so it is kept in 1970 to 9999."""
    return _EPOCH + timedelta(milliseconds=max(0, min(milliseconds, _LATEST_MS)))
