"""A local stack of the measurement's own, and the commands that feed, drain and audit it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.common.settings import CACHE_DIR, PREFIX, STATE_DIR
from services.local import stack
from services.local.service import health
from services.local.stack import Member

ROOT = Path(__file__).parents[2]
READY_SECONDS = 180.0
LOOK_SECONDS = 0.2
DRAIN_SECONDS = 7_200


@dataclass(frozen=True)
class House:
    """A stack that runs: Kafka, Valkey and a worker of each service, started again as they end."""

    folder: Path

    def members(self) -> dict[str, Member]:
        """Give the programs of the stack as they are now, by name.

        Raises:
            RuntimeError: the stack has ended.
        """
        found = stack.read(self.folder)
        if found is None:
            raise RuntimeError(f"no stack runs in {self.folder} any more")
        return {member.name: member for member in found.members}

    def begun(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command of ``headrace``, whose result is JSON on its standard output."""
        return subprocess.Popen(
            [sys.executable, "-m", "services.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def draining(self) -> subprocess.Popen[str]:
        return self.begun("drain", "--timeout", str(DRAIN_SECONDS))

    def audit(self) -> dict[str, Any]:
        """Give the ledger, whether it agrees or not."""
        ledger: dict[str, Any] = json.loads(self.begun("audit", "--json").communicate()[0])
        return ledger

    def index(self) -> dict[str, Any]:
        """Give what `headrace index stats` tells."""
        stats: dict[str, Any] = json.loads(answer(self.begun("index", "stats", "--json")))
        return stats


def answer(command: subprocess.Popen[str]) -> str:
    """Give what a command printed.

    Raises:
        RuntimeError: it failed; with its complaint.
    """
    printed, complaint = command.communicate()
    if command.returncode:
        raise RuntimeError(f"{command.args} ended with {command.returncode}: {complaint}")
    return printed


@contextmanager
def house(*, capacity: int) -> Iterator[House]:
    """Give a stack with the fake encoder in a temporary folder, ready to work.

    Args:
        capacity: wordings that the index is laid out for.
    """
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        if name != CACHE_DIR:
            del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="headrace-soak-") as folder:
        os.environ |= {
            STATE_DIR: folder,
            "HEADRACE_EMBED__ENCODER": "fake",
            "HEADRACE_DEDUPE__CAPACITY": str(capacity),
            # The services of this tree, whichever one is installed.
            "PYTHONPATH": str(ROOT),
        }
        running = House(Path(folder))
        try:
            answer(running.begun("up", "--detach"))
            _wait_ready(running)
            yield running
        finally:
            answer(running.begun("down"))


def _wait_ready(running: House) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not all(map(_is_ready, running.members().values())):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the services are not ready after {READY_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)


def _is_ready(member: Member) -> bool:
    found = health(member.address) if member.role == "service" else None
    return member.role != "service" or (found is not None and found.ready)
