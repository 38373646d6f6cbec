"""Bursts, and what is told of pages that were sent in time or too late."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.cli.load_feeding import Fed, Limit, feed
from services.cli.load_flow import LoadPage, Mix, flow
from services.cli.load_pace import Pace
from services.cli.main import app
from services.common.errors import BadSetting, Fatal

MIX = Mix(seed=1, papers_a_page=10, words=40)


class Clock:
    """A time that passes only while somebody sleeps, or a page is sent."""

    def __init__(self, *, sending: float = 0.0) -> None:
        self.time = 100.0
        self.sent: list[float] = []
        self._sending = sending

    async def put(self, _page: LoadPage) -> Awaitable[Any]:
        self.time += self._sending
        self.sent.append(self.time - 100.0)
        return asyncio.sleep(0)

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def feed(self, pace: Pace | None, limit: Limit) -> Fed:
        return await feed(
            flow(MIX), pace, self.put, limit=limit, now=lambda: self.time, sleep=self.sleep
        )


def test_a_pace_without_bursts_is_even() -> None:
    assert [Pace(50).due(seconds) for seconds in (0, 1, 55, 61.5)] == [0, 50, 2_750, 3_075]


def test_a_burst_is_faster_by_its_factor_and_the_mean_is_the_rate() -> None:
    pace = Pace(100, factor=5, every=10, lasts=2)
    calm, burst = pace.due(8) / 8, (pace.due(10) - pace.due(8)) / 2
    assert burst == pytest.approx(5 * calm)
    assert pace.due(30) == pytest.approx(3_000)


@given(
    st.floats(1, 10_000), st.floats(1, 50), st.floats(1, 100), st.floats(0.01, 0.9), st.floats(0, 1)
)
def test_when_so_many_are_due_is_the_inverse_of_how_many(
    rate: float, factor: float, every: float, share: float, part: float
) -> None:
    pace = Pace(rate, factor, every, lasts=share * every)
    papers = part * 5 * rate * every
    assert pace.due(pace.seconds(papers)) == pytest.approx(papers, abs=1e-3, rel=1e-6)


def test_a_burst_longer_than_its_period_is_refused_with_what_to_do() -> None:
    assert "--burst-every" in str(Pace(1, 2, every=5, lasts=5).fault())
    assert Pace(1, 2, every=5, lasts=4).fault() is None


async def test_pages_are_sent_when_they_are_due() -> None:
    clock = Clock()
    fed = await clock.feed(Pace(100, factor=4, every=10, lasts=2), Limit(papers=1_000))
    assert (fed.papers, fed.pages) == (1_000, 100)
    assert fed.seconds == pytest.approx(10, abs=0.1)
    assert fed.papers_per_second == pytest.approx(100, rel=0.02)
    # The calm has 8 of 16 parts of a period's papers, the burst the other 8.
    assert sum(sent < 8 for sent in clock.sent) == pytest.approx(50, abs=2)
    assert fed.most_behind_seconds < 0.03


async def test_what_is_late_is_told() -> None:
    fed = await Clock(sending=0.2).feed(Pace(100), Limit(papers=500))
    assert fed.papers_per_second == pytest.approx(50)
    # 50 pages in 10 s instead of 5; the last one was begun 0.2 s before the end.
    assert fed.behind_seconds == fed.most_behind_seconds == pytest.approx(4.9, abs=0.01)


async def test_after_its_seconds_it_ends_however_far_behind_it_is() -> None:
    fed = await Clock(sending=0.5).feed(Pace(1_000), Limit(seconds=5))
    assert fed.pages == 10


async def test_without_a_pace_nobody_sleeps_and_nothing_is_late() -> None:
    clock = Clock(sending=0.01)
    fed = await clock.feed(None, Limit(papers=100))
    assert clock.sent == pytest.approx([0.01 * at for at in range(1, 11)])
    assert (fed.wanted_per_second, fed.behind_seconds) == (None, 0)


async def test_what_was_fed_adds_up() -> None:
    fed = await Clock().feed(None, Limit(papers=2_000))
    listed = list(itertools.islice(flow(MIX), fed.pages))
    assert fed.distinct + fed.exact + fed.near + fed.revised == fed.papers == 2_000
    assert fed.distinct == sum(page.kinds.count("distinct") for page in listed)
    assert fed.bytes == sum(len(page.body) for page in listed)


async def test_a_page_that_does_not_arrive_ends_it_and_says_how_many_did() -> None:
    sent = 0

    async def lost() -> None:
        raise Fatal("sending a page failed")

    async def put(_page: LoadPage) -> Awaitable[Any]:
        nonlocal sent
        sent += 1
        return lost() if sent == 4 else asyncio.sleep(0)

    with pytest.raises(Fatal, match="3 pages arrived"):
        await feed(flow(MIX), None, put, limit=Limit(papers=100))


def run(*args: str) -> Any:
    return CliRunner().invoke(app, ["load", *args])


def test_a_dry_run_prints_pages_as_lines_and_the_account_aside() -> None:
    done = run("--dry-run", "--papers", "60", "--seed", "7", "--json")
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in done.stdout.splitlines()]
    meant = list(itertools.islice(flow(Mix(seed=7)), 3))
    assert [(each["source"], each["body"].encode()) for each in found] == [
        (page.source, page.body) for page in meant
    ]
    assert json.loads(done.stderr.splitlines()[-1])["papers"] == 60


def test_pages_in_a_folder_can_be_read_by_parse(tmp_path: Path) -> None:
    done = run("--into", str(tmp_path / "new"), "--papers", "100", "--seed", "7", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    files = sorted(str(file) for file in (tmp_path / "new").iterdir())
    parsed = json.loads(CliRunner().invoke(app, ["parse", *files, "--json"]).stdout)
    assert sum(len(page["papers"]) for page in parsed) == told["papers"] == 100


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = run("--into", str(tmp_path))
    assert "name a new folder" in str(done.exception)
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_a_dry_run_of_a_time_has_the_papers_that_would_be_due() -> None:
    done = run("--dry-run", "--for", "3", "--rate", "40", "--json")
    assert len(done.stdout.splitlines()) == 6


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--dry-run", "--flood", "--for", "1"), "say --papers"),
        (("--exact-copies", "1"), "less than all"),
        (("--burst-seconds", "60"), "--burst-every"),
        (("--layout", "html"), "no layout html"),
        (("--layout", "json_lines"), "--revisions 0"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(args: tuple[str, ...], told: str) -> None:
    done = run(*args)
    assert isinstance(done.exception, BadSetting)
    assert told in str(done.exception)
