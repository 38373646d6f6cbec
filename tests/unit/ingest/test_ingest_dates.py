"""Dates as listings write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.ingest.dates import written_date, yearless_date

CAPTURED = datetime(2026, 8, 28, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-28",
        "2026-08-28T22:00:00.000Z",
        "2026/8/28",
        "Fri, 28 Aug 2026 00:00:00 -0400",
        "Showing new listings for Friday, 28 August 2026",
        "Submitted 28 August, 2026; v1 submitted later",
        "Aug 28, 2026",
        "Aug. 28, 2026",
    ],
)
def test_a_date_with_its_year_is_read_wherever_it_stands(text: str) -> None:
    assert written_date(text, captured_at=CAPTURED) == date(2026, 8, 28)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-08-30", "31 Dec 2106", "28/08", "May 2026"])
def test_no_day_of_the_calendar_and_no_day_to_come_is_a_date(text: str) -> None:
    assert written_date(text, captured_at=CAPTURED) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Aug 28", date(2026, 8, 28)),
        ("Aug 29", date(2026, 8, 29)),
        ("Aug 30", date(2025, 8, 30)),
        ("December 31", date(2025, 12, 31)),
        ("Feb 29", date(2024, 2, 29)),
        ("Feb 30", None),
        ("May 29, 2025", None),
        ("the 3rd of May", None),
    ],
)
def test_a_date_without_its_year_is_the_latest_before_the_capture(
    text: str, day: date | None
) -> None:
    assert yearless_date(text, captured_at=CAPTURED) == day


def test_on_the_last_day_of_a_year_the_next_one_may_have_begun() -> None:
    eve = datetime(2025, 12, 31, 12, 0, tzinfo=UTC)
    assert yearless_date("Jan 1", captured_at=eve) == date(2026, 1, 1)
