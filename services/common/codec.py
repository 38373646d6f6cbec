"""Bytes become a record once, and a record becomes bytes once."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from services.common.errors import Rejected
from services.common.records import EnrichedPaper, Paper, Sighting

Record = TypeVar("Record", Paper, Sighting, EnrichedPaper)

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[object]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Paper, Sighting, EnrichedPaper)
}


def encode(record: Paper | Sighting | EnrichedPaper) -> bytes:
    """Give the JSON of a record, every field present."""
    return _encoder.encode(record)


def decode(value: bytes | None, kind: type[Record]) -> Record:
    """Read a record of the given kind.

    Raises:
        Rejected: ``not_a_record``, with the path of the first field that is wrong.
    """
    if value is None:
        raise Rejected("not_a_record", f"a null value is no {kind.__name__}")
    try:
        record = _decoders[kind].decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Rejected("not_a_record", f"not the JSON of a {kind.__name__}: {error}") from error
    assert isinstance(record, kind)
    return record
