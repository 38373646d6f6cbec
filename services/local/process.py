"""Processes by pid and start time, or by a mark in their environment, and how they are ended."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable

import msgspec
import psutil

MARK = "_HEADRACE_STACK"
"""The variable by which a stack knows its processes, also one that no file names: a launcher can be
killed between the start of a process and the note of its pid."""

POLL_SECONDS = 0.02
CLOCK_SECONDS = 1.0
"""Start times are computed from the wall clock, which may be corrected meanwhile."""


class ProcessId(msgspec.Struct, frozen=True):
    """One process for all time: a pid alone is given out again.

    ``started_at`` is what the kernel tells, in seconds since 1970.
    """

    pid: int
    started_at: float


def identify(pid: int) -> ProcessId | None:
    """Give the identity of the process that has this pid now, or None where there is none."""
    try:
        return ProcessId(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def this_process() -> ProcessId:
    return ProcessId(os.getpid(), psutil.Process().create_time())


def find(identity: ProcessId | None) -> psutil.Process | None:
    """Give the process if it still lives; None where another has its pid."""
    if identity is None:
        return None
    try:
        process = psutil.Process(identity.pid)
        same = abs(process.create_time() - identity.started_at) < CLOCK_SECONDS
    except psutil.NoSuchProcess:
        return None
    return process if same and lives(process) else None


def listens(identity: ProcessId, port: int) -> bool:
    """Tell whether this very process accepts connections on a TCP port."""
    try:
        found = psutil.Process(identity.pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in found)


def marked(mark: str) -> list[psutil.Process]:
    """Give this user's processes that carry the mark."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark and lives(process):
                found.append(process)
    return found


def lives(process: psutil.Process) -> bool:
    """Tell whether it does anything yet: one that ended stays listed until its parent asks."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(processes: Iterable[psutil.Process], *, seconds: float) -> None:
    """End them with SIGTERM, those that live on after so many seconds with SIGKILL, and wait."""
    left = list(processes)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    left = _wait(left, seconds)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _wait(left, seconds)


def _wait(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Give those that still live when all have ended or the time is over."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if lives(process)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(POLL_SECONDS)
    return left
