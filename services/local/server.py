"""A program of the local stack as a child process: start, ask whether it answers, end."""

from __future__ import annotations

import abc
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.common.errors import ExitStatus, Fatal
from services.local.ports import HOST
from services.local.process import ProcessId, identify, listens

POLL_SECONDS = 0.02
TAIL_BYTES = 4_096
TAIL_LINES = 12


class Server(abc.ABC):
    """One program, started again and again on the same data and the same address.

    Args:
        name: what people call it, and its log file.
        port: where it answers, on the loopback.
        log: its standard output and error, appended.
        environment: variables besides those of this process.
    """

    ready_seconds: float = 60.0
    stop_seconds: float = 10.0

    def __init__(
        self,
        name: str,
        port: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._environment = dict(environment or {})
        self._child: subprocess.Popen[bytes] | None = None

    @abc.abstractmethod
    def command(self) -> Sequence[str]:
        """Prepare what the program needs, and give the program with its arguments."""

    @abc.abstractmethod
    def answers(self) -> bool:
        """Tell whether something on its address does its work now; false where nothing is there."""

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id, or None where it never started or was seen to have ended."""
        return self._child.pid if self._child is not None and self.running else None

    @property
    def process(self) -> ProcessId | None:
        """The running process, or None as for ``pid``."""
        return None if self.pid is None else identify(self.pid)

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_status(self) -> int | None:
        """The last process's exit status; negative is the signal that ended it."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Start the process, and return before it answers.

        Raises:
            Fatal: what it needs is missing, or it runs already.
        """
        if self.running:
            raise Fatal(f"{self.name} runs already as process {self.pid}", ExitStatus.SOFTWARE)
        argv = list(self.command())
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._environment},
                # Ctrl-C in the terminal must reach the launcher alone: it ends them in order.
                start_new_session=True,
            )

    def ready(self) -> bool:
        """Tell whether this very process answers, not another one that has its port."""
        identity = self.process
        return identity is not None and listens(identity, self.port) and self.answers()

    def wait_ready(self, seconds: float | None = None) -> None:
        """Return once it is ready.

        Raises:
            Fatal: it ended, or did not answer in time; with the last lines of its log.
        """
        deadline = time.monotonic() + (self.ready_seconds if seconds is None else seconds)
        while not self.ready():
            if not self.running:
                raise self._failure(f"{self.name} ended with status {self.exit_status}")
            if time.monotonic() > deadline:
                raise self._failure(f"{self.name} does not answer on {self.address}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End it with SIGTERM, or with SIGKILL after ``stop_seconds``; none running is fine."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone; none running is fine."""
        if self._child is not None:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()

    def _failure(self, what: str) -> Fatal:
        lines = "\n".join(f"  {line}" for line in last_lines(self.log))
        return Fatal(f"{what}; the end of {self.log}:\n{lines}", ExitStatus.UNAVAILABLE)


def last_lines(log: Path, *, since: int = 0) -> list[str]:
    """Give the last lines of a log file, none from before the byte ``since`` or without a file."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(since, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        return file.read().decode(errors="replace").splitlines()[-TAIL_LINES:]
