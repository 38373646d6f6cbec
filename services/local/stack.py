"""The running stack as its folder tells it: which process is what, and where it listens."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from services.common.errors import ExitStatus, Fatal
from services.common.settings import STACK_SECRETS
from services.local.process import ProcessId

Role = Literal["kafka", "redis", "service"]
POLL_SECONDS = 0.05


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One program of the stack.

    ``process`` is None between its end and its next start; ``last_exit`` is the status of its last
    end, a negative one the signal's number, and None where it never ended.
    """

    name: str
    role: Role
    address: str
    log: str
    process: ProcessId | None
    restarts: int = 0
    last_exit: int | None = None


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """A stack, written anew at each start and each restart.

    ``mark`` is in the environment of each of its processes; ``started`` says that all of them have
    been started once. ``kafka`` is bootstrap servers, ``redis`` a URL without secrets, started by
    the stack or not. ``secure`` servers answer who has one of the keys in the folder.
    """

    mark: str
    launcher: ProcessId
    started_at: datetime
    started: bool
    kafka: str
    redis: str
    members: tuple[Member, ...]
    secure: bool = False


def stack_file(state: Path) -> Path:
    return state / "stack.json"


def settings_file(state: Path) -> Path:
    return state / "settings.json"


def log_file(state: Path, name: str) -> Path:
    return state / "log" / f"{name}.log"


def read(state: Path) -> Stack | None:
    """Give the stack of this folder, None where none was started or it was ended in order."""
    try:
        return msgspec.json.decode(stack_file(state).read_bytes(), type=Stack)
    except FileNotFoundError:
        return None


def write(path: Path, record: Any) -> None:
    """Write JSON so that a reader finds all of it, or what was there before."""
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
    new.replace(path)


def forget(state: Path) -> None:
    """Remove what says that a stack runs here."""
    settings_file(state).unlink(missing_ok=True)
    shutil.rmtree(state / STACK_SECRETS, ignore_errors=True)
    stack_file(state).unlink(missing_ok=True)


@contextmanager
def hold(state: Path, *, seconds: float = 0) -> Iterator[None]:
    """Be the only one that starts or ends this folder's stack; the kernel releases it at death.

    Raises:
        Fatal: another holds it, and did not release it within so many seconds.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = os.open(state, os.O_RDONLY)
    try:
        deadline = time.monotonic() + seconds
        while not _lock(folder):
            if time.monotonic() >= deadline:
                raise Fatal(
                    f"a stack runs in {state}: see `headrace status`, end it with `headrace down`, "
                    "or give another one a folder of its own with --state-dir",
                    ExitStatus.CONFIGURATION,
                )
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(folder)


def _lock(folder: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
