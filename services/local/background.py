"""A launcher in a process of its own, which goes on when the terminal is closed."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import msgspec

from services.common.errors import ExitStatus, Fatal
from services.local import stack
from services.local.plan import Plan
from services.local.server import last_lines
from services.local.stack import Stack

POLL_SECONDS = 0.05
RUNNING = (0, 0)
STDIN, STDOUT, STDERR = 0, 1, 2


def launch(plan: Plan, state: Path) -> Stack:
    """Start the launcher, and return when it has started everything once.

    Interrupted meanwhile, it ends what it started.

    Raises:
        Fatal: it ended; with the last lines of its log.
    """
    log = stack.log_file(state, "up")
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    since = log.stat().st_size if log.exists() else 0
    pid = _spawn(plan, log)
    try:
        while (found := _started(pid, state)) is None:
            if os.waitpid(pid, os.WNOHANG) != RUNNING:
                said = "\n".join(last_lines(log, since=since))
                raise Fatal(f"the stack did not start:\n{said}", ExitStatus.UNAVAILABLE)
            time.sleep(POLL_SECONDS)
        return found
    except KeyboardInterrupt:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise


def _spawn(plan: Plan, log: Path) -> int:
    argv = [sys.executable, "-P", "-m", "services.local", msgspec.json.encode(plan).decode()]
    # Not by subprocess: this process is meant to outlive its parent, which that warns of.
    return os.posix_spawn(
        sys.executable,
        argv,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, STDIN, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, STDOUT, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, STDOUT, STDERR),
        ],
        setsid=True,
    )


def _started(pid: int, state: Path) -> Stack | None:
    """Give the stack once this launcher has started all of it, and None until then."""
    found = stack.read(state)
    return found if found is not None and found.launcher.pid == pid and found.started else None
