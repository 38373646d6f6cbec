"""When a program that ended is started again."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.local.server import Server
from services.local.supervised import FIRST_SECONDS, Backoff, Supervised


class Ending(Server):
    """A program that ends at once with status 7."""

    def command(self) -> Sequence[str]:
        return (sys.executable, "-c", "raise SystemExit(7)")

    def answers(self) -> bool:
        return False


@pytest.fixture
def ending(tmp_path: Path) -> Supervised:
    return Supervised(Ending("ending", 0, tmp_path / "ending.log"), "service")


def wait_for_end(member: Supervised) -> None:
    deadline = time.monotonic() + 30
    while member.server.running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not member.server.running


def test_waits_double_up_to_five_seconds():
    backoff = Backoff()
    assert [backoff.after(1.0) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_steady_life_makes_the_wait_short_again():
    backoff = Backoff()
    for _ in range(4):
        backoff.after(1.0)
    assert backoff.after(30.0) == FIRST_SECONDS
    assert backoff.after(1.0) == 2 * FIRST_SECONDS


def test_one_that_ended_is_started_again_only_when_its_time_has_come(ending: Supervised):
    said: list[str] = []
    ending.start(100.0)
    wait_for_end(ending)
    assert ending.look(101.0, said.append)
    assert not ending.look(101.1, said.append)
    assert ending.member().restarts == 0
    assert ending.look(101.0 + FIRST_SECONDS, said.append)
    assert ending.member().restarts == 1
    ending.server.stop()


def test_an_end_is_said_with_its_status_and_its_log(ending: Supervised):
    said: list[str] = []
    ending.start(100.0)
    wait_for_end(ending)
    ending.look(102.5, said.append)
    [event] = said
    assert "ending ended with status 7 after 2.5 s" in event
    assert str(ending.server.log) in event
    assert ending.member().last_exit == 7
    assert ending.member().process is None


def test_one_that_cannot_start_is_tried_again_later(ending: Supervised, tmp_path: Path):
    said: list[str] = []
    ending.start(100.0)
    wait_for_end(ending)
    ending.look(100.0, said.append)
    ending.server.log = tmp_path  # a folder: the log cannot be opened
    ending.look(101.0, said.append)
    assert "did not start" in said[-1]
    assert not ending.look(101.0, said.append)
    ending.server.log = tmp_path / "again.log"
    assert ending.look(106.0, said.append)
    assert ending.member().restarts == 2
    ending.server.stop()
