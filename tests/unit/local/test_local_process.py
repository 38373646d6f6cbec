"""A process is known by more than its pid."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import psutil
import pytest

from services.local import process

IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(600)"
)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(
        [sys.executable, "-c", IGNORES_SIGTERM],
        env={**os.environ, process.MARK: "of-this-test"},
        stdout=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"deaf\n"
    yield running
    running.kill()
    running.wait()
    running.stdout.close()


def test_a_living_process_is_found(child: subprocess.Popen[bytes]):
    found = process.find(process.identify(child.pid))
    assert found is not None
    assert found.pid == child.pid


def test_another_process_with_the_same_pid_is_not_found(child: subprocess.Popen[bytes]):
    identity = process.identify(child.pid)
    assert identity is not None
    earlier = msgspec.structs.replace(identity, started_at=identity.started_at - 60)
    assert process.find(earlier) is None


def test_one_that_ended_is_not_found_though_its_parent_never_asked(child: subprocess.Popen[bytes]):
    identity = process.identify(child.pid)
    process.end([psutil.Process(child.pid)], seconds=0.1)
    assert psutil.pid_exists(child.pid)
    assert process.find(identity) is None


def test_a_process_is_found_by_its_mark_and_by_no_other(child: subprocess.Popen[bytes]):
    assert [found.pid for found in process.marked("of-this-test")] == [child.pid]
    assert process.marked("of-another-test") == []


def test_one_that_ignores_sigterm_is_killed_after_the_deadline(child: subprocess.Popen[bytes]):
    process.end([psutil.Process(child.pid)], seconds=0.1)
    assert child.wait(10) == -9
