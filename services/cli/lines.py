"""A record as one line: JSON for a program, the gist for a person."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.cli.console import printable
from services.common.dead_letters import CONNECT, REASON
from services.common.outcomes import InputRecord, header

GIST_CHARACTERS = 100
TITLES = ("title", "abstract", "paper_id")


def as_json(record: InputRecord) -> bytes:
    """Give a record as one line of JSON, without the line's end.

    ``timestamp`` is milliseconds since 1970. ``value`` is the value's JSON; a value that is none is
    base64, and ``encoding`` says so. A header that is repeated shows its last value. A key or a
    header that is no UTF-8 is an object {"base64": ...}.
    """
    value, encoding = _value(record.value)
    line: dict[str, Any] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": _text(record.key),
        "headers": {name: _text(content) for name, content in record.headers},
        "value": value,
    }
    return msgspec.json.encode(line | encoding)


def gist(record: InputRecord) -> str:
    """Give a record's time, place and what it is about, safe for a terminal."""
    time = datetime.fromtimestamp(record.timestamp / 1000, UTC).strftime("%H:%M:%S")
    place = f"{record.partition}@{record.offset}"
    return f"{time} {place:>8}  {_about(record)}"


def _about(record: InputRecord) -> str:
    if (reason := header(record, REASON)) is not None:
        message = header(record, CONNECT + "exception.message") or b""
        return _cut(f"{reason.decode(errors='replace')}: {message.decode(errors='replace')}")
    value, encoding = _value(record.value)
    if encoding or not isinstance(value, Mapping):
        source = (header(record, "ce_source") or record.key or b"").decode(errors="replace")
        return _cut(f"{len(record.value or b''):,} bytes from {source or 'an unknown source'}")
    title = next((str(value[name]) for name in TITLES if value.get(name)), "")
    verdict = value.get("verdict")
    return _cut(f"{verdict} {title}" if verdict else title)


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= GIST_CHARACTERS else text[: GIST_CHARACTERS - 1] + "…"


def _value(value: bytes | None) -> tuple[Any, dict[str, str]]:
    if value is None:
        return None, {}
    try:
        return msgspec.json.decode(value), {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return base64.b64encode(value).decode(), {"encoding": "base64"}


def _text(content: bytes | None) -> str | dict[str, str] | None:
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
