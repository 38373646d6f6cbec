"""One program under supervision: when it is started again, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable

from services.common.errors import Fatal
from services.local.server import Server
from services.local.stack import Member, Role

FIRST_SECONDS = 0.2
MOST_SECONDS = 5.0
STEADY_SECONDS = 30.0


class Backoff:
    """How long to wait before the next start: doubling, and small again after a steady life."""

    def __init__(self) -> None:
        self._next = FIRST_SECONDS

    def after(self, lived: float) -> float:
        """Give the seconds to wait after a process that lived so many seconds."""
        if lived >= STEADY_SECONDS:
            self._next = FIRST_SECONDS
        wait, self._next = self._next, min(2 * self._next, MOST_SECONDS)
        return wait


class Supervised:
    """A server and its life so far; ``now`` is a monotonic time in seconds, given by the caller."""

    def __init__(self, server: Server, role: Role) -> None:
        self.server = server
        self._role = role
        self._backoff = Backoff()
        self._restarts = 0
        self._started_at = 0.0
        self._due: float | None = None
        self._ready = False

    def start(self, now: float) -> None:
        """Start it.

        Raises:
            Fatal: what it needs is missing.
        """
        self._started_at, self._ready, self._due = now, False, None
        self.server.start()

    def wait_ready(self, say: Callable[[str], None]) -> None:
        """Return once it is ready.

        Raises:
            Fatal: it ended, or did not answer in time.
        """
        self.server.wait_ready()
        self._become_ready(say)

    def look(self, now: float, say: Callable[[str], None]) -> bool:
        """Take the one step that is due, and tell whether its record changed."""
        if self._due is None and not self.server.running:
            self._plan_restart(now, say)
            return True
        if self._due is not None and now >= self._due:
            self._restart(now, say)
            return True
        if self._due is None and not self._ready and self.server.ready():
            self._become_ready(say)
        return False

    def member(self) -> Member:
        return Member(
            name=self.server.name,
            role=self._role,
            address=self.server.address,
            log=str(self.server.log),
            process=self.server.process,
            restarts=self._restarts,
            last_exit=self.server.exit_status if self._due is not None else None,
        )

    def _become_ready(self, say: Callable[[str], None]) -> None:
        self._ready = True
        say(f"{self.server.name} is ready on {self.server.address}")

    def _plan_restart(self, now: float, say: Callable[[str], None]) -> None:
        lived = now - self._started_at
        wait = self._backoff.after(lived)
        self._due = now + wait
        say(
            f"{self.server.name} ended with status {self.server.exit_status} after {lived:.1f} s "
            f"and starts again in {wait:.1f} s; see {self.server.log}"
        )

    def _restart(self, now: float, say: Callable[[str], None]) -> None:
        self._restarts += 1
        try:
            self.start(now)
        except (Fatal, OSError) as error:
            say(f"{self.server.name} did not start: {error}")
            self._due = now + self._backoff.after(0)
