"""Where and when a page was captured."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.identity import page_id
from services.ingest.origin import SOURCE_CHARACTERS, origin
from tests.invented_pages import PageRecord

RECORD_TIME = datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "key", "expected"),
    [
        (b"https://example.org/list", b"key", "https://example.org/list"),
        (None, b"nightly crawl", "nightly crawl"),
        (b" \t", b"key", "key"),
        (b"\xff\xfe", b"key", "key"),
        (None, b"\xff\xfe", "unknown"),
        (None, None, "unknown"),
        (b"a\x07b\nc\xe2\x80\xae", None, "ab c"),
        (b"s" * 3_000, None, "s" * SOURCE_CHARACTERS),
    ],
)
def test_the_source_is_the_header_else_the_key(
    source: bytes | None, key: bytes | None, expected: str
) -> None:
    headers = () if source is None else (("ce_source", source),)
    assert origin(PageRecord(b"page", key=key, headers=headers)).source == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (b"2031-05-06T07:08:09Z", datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)),
        (b"2031-05-06t07:08:09.25z", datetime(2031, 5, 6, 7, 8, 9, 250_000, tzinfo=UTC)),
        (b"2031-05-06T07:08:09+05:30", datetime(2031, 5, 6, 1, 38, 9, tzinfo=UTC)),
        (b"2031-05-06T07:08:09.123456789Z", datetime(2031, 5, 6, 7, 8, 9, 123_456, tzinfo=UTC)),
        (b"2031-05-06T07:08:09", RECORD_TIME),
        (b"2031-05-06", RECORD_TIME),
        (b"2031-13-06T07:08:09Z", RECORD_TIME),
        (b"0001-01-01T00:00:00+23:59", RECORD_TIME),
        (b"2031-05-06T07:08:09+99:99", RECORD_TIME),
        (b"\xff", RECORD_TIME),
        (b"", RECORD_TIME),
    ],
)
def test_the_capture_time_is_the_header_where_it_is_rfc_3339(
    time: bytes, expected: datetime
) -> None:
    assert origin(PageRecord(b"page", headers=(("ce_time", time),))).captured_at == expected


@given(st.binary(), st.binary(), st.none() | st.binary(), st.integers(-(2**63), 2**63 - 1))
def test_whatever_a_record_holds_there_is_an_origin(
    source: bytes, time: bytes, key: bytes | None, timestamp: int
) -> None:
    headers = (("ce_source", source), ("ce_time", time))
    found = origin(PageRecord(b"page", key=key, headers=headers, timestamp=timestamp))
    assert 0 < len(found.source) <= SOURCE_CHARACTERS
    assert found.captured_at.tzinfo is UTC


def test_the_page_id_is_of_the_bytes() -> None:
    assert origin(PageRecord(b"page")).page_id == page_id(b"page")
