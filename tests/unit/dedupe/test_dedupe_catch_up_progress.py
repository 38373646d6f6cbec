"""How far a catch-up is, and that it says so when it stands still."""

from __future__ import annotations

from services.dedupe.catch_up import STILL_SECONDS, Progress
from tests.invented import Record


def test_a_catch_up_that_gets_nothing_says_so_once_a_minute() -> None:
    clock = [0.0]
    progress = Progress({0: 0}, {0: 10}, now=lambda: clock[0])
    assert not progress.stands_still
    clock[0] += STILL_SECONDS + 1
    assert progress.stands_still
    assert not progress.stands_still
    assert "none for 61 s" in str(progress)
    clock[0] += STILL_SECONDS + 1
    assert progress.stands_still


def test_one_that_gets_records_goes_on() -> None:
    clock = [0.0]
    progress = Progress({0: 0}, {0: 10}, now=lambda: clock[0])
    for offset in range(3):
        clock[0] += STILL_SECONDS
        progress.add([Record(b"", partition=0, offset=offset)])
        assert not progress.stands_still
    assert str(progress) == "3 records read in 180 s, 7 offsets left"
