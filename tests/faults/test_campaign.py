"""Everything fails at random for a minute; a read_committed reader sees each paper once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.campaign import campaign
from tests.faults.schedule import RACE_SHORT, SHORT

SEED = 20_260_101


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_minute_of_faults_loses_and_doubles_nothing(
    tmp_path: Path, new_port: Callable[[], int]
) -> None:
    report = await campaign(SHORT, SEED, tmp_path, new_port, print)
    print(report)
    assert not report.findings
    assert report.judgement.records >= SHORT.feed.least


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_groups_of_near_copies_that_race_are_covered_once(
    tmp_path: Path, new_port: Callable[[], int]
) -> None:
    report = await campaign(RACE_SHORT, SEED, tmp_path, new_port, print)
    print(report)
    assert not report.findings
    assert report.judgement.records >= RACE_SHORT.feed.least
