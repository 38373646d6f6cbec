"""Pages are read in real child processes; a page that is fatal ends its own child and no more."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from services.common.cpus import usable_cpus
from services.common.errors import Fatal, Retryable
from services.common.metrics import METRICS
from services.common.outcomes import Outcome, header
from services.common.telemetry import Telemetry
from services.ingest import app
from services.ingest import parsers as pool
from services.ingest.handler import IngestHandler
from services.ingest.parsers import Parsers
from services.ingest.parsing import parsed
from services.ingest.settings import IngestSection, IngestSettings
from tests.faulty_parser import page
from tests.invented_pages import PageRecord, lines_page, pairs

ROOT = Path(__file__).parents[3]
FAULTY = (sys.executable, "-m", "tests.faulty_parser")
LIMITS = IngestSection(parsers=2, parse_seconds=1, parser_memory_bytes=128 * 1024 * 1024)
HEALTHY = [lines_page(pairs(count)).encode() for count in (1, 2, 3)]


class House:
    """Running parsers, their handler, and how parsers ended."""

    def __init__(self, parsers: Parsers, ends: list[str]) -> None:
        self.parsers = parsers
        self.handler = IngestHandler(parsers)
        self.ends = ends

    async def read(self, *pages: bytes) -> list[str]:
        """Give the reason of each dead letter, and the number of papers of other pages."""
        outcomes = await self.handler([PageRecord(each) for each in pages])
        return [what(outcome) for outcome in outcomes]


def what(outcome: Outcome) -> str:
    return ",".join(outcome.rejected) or f"{len(outcome.messages)} papers"


@asynccontextmanager
async def house(limits: IngestSection = LIMITS) -> AsyncIterator[House]:
    ends: list[str] = []
    parsers = Parsers(limits, ended=ends.append, program=FAULTY)
    try:
        await parsers.start()
        yield House(parsers, ends)
    finally:
        parsers.close()


def children() -> set[int]:
    """Give the parsers of this process; a child of another test may be over and not awaited."""
    return {
        each.pid
        for each in psutil.Process().children()
        if each.status() != psutil.STATUS_ZOMBIE and "tests.faulty_parser" in each.cmdline()
    }


@pytest.mark.parametrize(
    ("deed", "reason", "ends"),
    [
        ("crash", "parser_crashed", 2),
        ("fail", "parser_crashed", 2),
        ("loop", "parse_too_slow", 1),
        ("hog", "parse_too_large", 1),
    ],
)
async def test_a_fatal_page_is_a_dead_letter_and_its_neighbours_come_through(
    deed: str, reason: str, ends: int
) -> None:
    async with house() as made:
        found = await made.read(HEALTHY[0], page(deed), HEALTHY[1], HEALTHY[2])
        assert found == ["1 papers", reason, "2 papers", "3 papers"]
        assert made.ends == [reason] * ends
        assert await made.read(*HEALTHY) == ["1 papers", "2 papers", "3 papers"]


def test_every_way_to_end_a_parser_is_counted_from_the_start() -> None:
    (metric,) = [each for each in METRICS if each.name == "parser_ends_total"]
    assert set(metric.labels["reason"]) == set(pool.ENDS)


async def test_a_page_that_sleeps_is_given_up_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WALL_FACTOR", 2)
    async with house() as made:
        assert await made.read(page("hang"), HEALTHY[0]) == ["parse_too_slow", "1 papers"]
        assert made.ends == ["parse_too_slow"]


async def test_a_parser_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    async with house() as made:
        once = page("crash_once", str(tmp_path / "died"), body=HEALTHY[1])
        assert await made.read(once) == ["2 papers"]
        assert made.ends == ["parser_crashed"]


async def test_many_fatal_pages_in_a_row_leave_the_others_alone() -> None:
    async with house() as made:
        pages = [each for healthy in HEALTHY for each in (page("crash"), healthy)]
        found = await made.read(*pages)
        assert found == [each for n in (1, 2, 3) for each in ("parser_crashed", f"{n} papers")]


async def test_the_dead_letter_of_a_crash_says_how_and_keeps_the_page() -> None:
    async with house() as made:
        (outcome,) = await made.handler([PageRecord(page("crash"), key=b"crawl")])
    (letter,) = outcome.messages
    assert (letter.key, letter.value) == (b"crawl", page("crash"))
    told = header(PageRecord(None, headers=letter.headers), "__connect.errors.exception.message")
    assert told == b"the parser ended with SIGSEGV"


async def test_what_a_library_prints_does_not_disturb() -> None:
    async with house() as made:
        assert await made.read(page("talk", body=HEALTHY[2])) == ["3 papers"]


async def test_a_parser_reads_as_it_would_be_read_here() -> None:
    record = PageRecord(HEALTHY[2], key=b"k", headers=(("ce_source", b"s"), ("x", b"\xff")))
    parsers = Parsers(IngestSection(parsers=1))
    try:
        await parsers.start()
        assert await parsers.parsed(record, before=time.monotonic() + 60) == parsed(
            record, IngestSection()
        )
    finally:
        parsers.close()


async def test_pages_are_read_side_by_side() -> None:
    async with house(IngestSection(parsers=2, parse_seconds=60)) as made:
        asked = asyncio.ensure_future(made.read(page("hang"), HEALTHY[0], HEALTHY[1]))
        # A page that sleeps holds one parser; the other one reads what comes after it.
        await asyncio.sleep(0)
        behind = await asyncio.wait_for(made.read(HEALTHY[2]), 60)
        assert behind == ["3 papers"]
        asked.cancel()
        await asyncio.wait([asked])


async def test_who_gives_up_waiting_leaves_no_answer_for_the_next() -> None:
    async with house(IngestSection(parsers=1)) as made:
        asked = asyncio.ensure_future(made.read(page("hang")))
        await asyncio.sleep(0.1)
        asked.cancel()
        await asyncio.wait([asked])
        assert await made.read(HEALTHY[1]) == ["2 papers"]
        assert made.ends == []


async def test_a_page_whose_turn_comes_too_late_is_not_begun() -> None:
    async with house() as made:
        assert await made.parsers.parsed(PageRecord(HEALTHY[0]), before=time.monotonic()) is None


async def test_the_event_loop_goes_on_while_a_large_page_is_read() -> None:
    async with house(IngestSection(parsers=1)) as made:
        reading = asyncio.ensure_future(made.read(lines_page(pairs(4_000)).encode()))
        turns = 0
        while not reading.done():
            turns += 1
            await asyncio.sleep(0.001)
        assert await reading == ["4000 papers"]
        assert turns > 10


async def test_there_is_a_parser_for_each_cpu() -> None:
    async with house(IngestSection()):
        assert len(children()) == usable_cpus()


async def test_a_parser_that_does_not_start_is_waited_for() -> None:
    parsers = Parsers(LIMITS, program=(sys.executable, "-c", "pass"))
    with pytest.raises(Retryable, match="no_parser"):
        await parsers.start()


async def test_a_service_whose_parsers_do_not_start_ends_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = functools.partial(Parsers, program=(sys.executable, "-c", "pass"))
    monkeypatch.setattr(app, "Parsers", broken)
    with pytest.raises(Fatal, match="no_parser"):
        async with app.service(IngestSettings()).open(Telemetry()):
            pass


async def test_a_signal_to_the_group_ends_no_parser() -> None:
    async with house() as made:
        for pid in children():
            os.kill(pid, signal.SIGINT)
            os.kill(pid, signal.SIGTERM)
        before = children()
        assert await made.read(*HEALTHY) == ["1 papers", "2 papers", "3 papers"]
        assert children() == before


@pytest.mark.parametrize("busy", [True, False])
def test_no_parser_outlives_a_parent_that_is_killed(busy: bool) -> None:
    program = (
        "import asyncio, sys, time\n"
        "import uvloop\n"
        "from services.ingest.parsers import Parsers\n"
        "from services.ingest.settings import IngestSection\n"
        "from tests.invented_pages import PageRecord\n"
        "async def main():\n"
        "    limits = IngestSection(parsers=2, parse_seconds=600)\n"
        "    program = (sys.executable, '-m', 'tests.faulty_parser')\n"
        "    parsers = Parsers(limits, program=program)\n"
        "    await parsers.start()\n"
        "    print('started', flush=True)\n"
        "    loops = [PageRecord(b'deed loop \\n')] * 2\n"
        "    waiting = [parsers.parsed(page, before=time.monotonic() + 9) for page in loops]\n"
        f"    await (asyncio.gather(*waiting) if {busy} else asyncio.sleep(600))\n"
        "uvloop.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        left = psutil.Process(parent.pid).children()
        assert len(left) == 2
        if busy:
            wait_until(lambda: all(sum(each.cpu_times()[:2]) > 0.6 for each in left))
    finally:
        parent.kill()
        parent.wait()
    gone, alive = psutil.wait_procs(left, timeout=10)
    assert (len(gone), alive) == (2, [])


def test_a_parser_that_starts_after_its_parent_was_killed_ends_without_a_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "services.ingest.child", LIMITS.model_dump_json()]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
