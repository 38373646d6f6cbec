"""The launcher: starts the servers and the services, and starts again each one that ends."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

from services.common.settings import STATE_DIR, CommonSettings, load
from services.local import ending, stack
from services.local.plan import Plan
from services.local.ports import free_port
from services.local.process import MARK, this_process
from services.local.secured import SecuredServers
from services.local.server import Server
from services.local.servers import Servers
from services.local.service import ServiceProcess
from services.local.stack import Role, Stack
from services.local.supervised import Supervised
from services.local.valkey import find_program

Say = Callable[[str], None]
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.1


class Launcher:
    """A running stack; leaving it ends all that it started, for whatever reason.

    Entering it ends what a killed launcher left behind in the same folder.

    Args:
        plan: what to start.
        state: the folder of data, logs and addresses.
        cache: the folder of Kafka's jars.
        say: told each event, as a sentence without its full stop.
    """

    def __init__(self, plan: Plan, *, state: Path, cache: Path, say: Say) -> None:
        self._plan, self._state, self._cache, self._say = plan, state, cache, say
        self._mark = secrets.token_hex(16)
        self._started_at = datetime.now(UTC)
        self._started = False
        self._environment = {MARK: self._mark, STATE_DIR: str(state), "PYTHONUNBUFFERED": "1"}
        self._ports: set[int] = set()
        self._servers = self._choose_servers()
        self._members: list[Supervised] = []
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """See the class.

        Raises:
            Fatal: another launcher runs in the folder.
        """
        self._open.enter_context(stack.hold(self._state))
        self._open.enter_context(_signals_interrupt())
        if left := ending.end(stack.read(self._state)):
            self._say(f"ended {left} processes that an earlier `up` left behind when it was killed")
        stack.forget(self._state)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """End the stack; a signal that asked for it is no error."""
        with self._open:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            if self._members:
                self._say("ending the services, then the servers")
            ending.end(self.stack())
            stack.forget(self._state)
        return kind is KeyboardInterrupt

    def start(self) -> Stack:
        """Start the servers, make the topics, start the services.

        Raises:
            Fatal: a server does not start, or a topic cannot be made.
        """
        self._servers.prepare()
        self._write()
        self._start_servers()
        if created := _create_topics():
            self._say(f"created the topics {', '.join(created)}")
        for worker in self._plan.workers:
            port = self._port(worker.port)
            self._start(
                ServiceProcess(
                    worker.name,
                    worker.argv,
                    port,
                    log=stack.log_file(self._state, worker.name),
                    environment={**self._environment, **self._servers.login(worker.user)},
                ),
                "service",
            )
        self._started = True
        self._write()
        return self.stack()

    def watch(self) -> NoReturn:
        """Start again each program that ends, until a signal comes."""
        changed = False
        while True:
            for member in self._members:
                changed |= member.look(time.monotonic(), self._say)
            if changed:
                # A full disk ends nothing that still works: it is tried again.
                with contextlib.suppress(OSError):
                    self._write()
                    changed = False
            time.sleep(LOOK_SECONDS)

    def stack(self) -> Stack:
        return Stack(
            mark=self._mark,
            launcher=this_process(),
            started_at=self._started_at,
            started=self._started,
            kafka=self._plan.kafka or self._servers.kafka,
            redis=self._plan.redis or self._servers.redis,
            members=tuple(member.member() for member in self._members),
            secure=self._servers.secure,
        )

    def _choose_servers(self) -> Servers:
        common: dict[str, Any] = {
            "cache": self._cache,
            "environment": self._environment,
            "port": self._port,
        }
        if self._plan.secure is None:
            return Servers(self._state, **common)
        return SecuredServers(self._plan.secure, self._state, **common)

    def _start_servers(self) -> None:
        if self._plan.redis is None:
            program = find_program(self._plan.redis_server)
            self._start(self._servers.make_valkey(program), "redis")
        if self._plan.kafka is None:
            self._start(self._servers.make_kafka(), "kafka")
        for member in self._members:
            member.wait_ready(self._say)
        self._servers.open()
        stack.write(stack.settings_file(self._state), self._servers.settings())

    def _start(self, server: Server, role: Role) -> None:
        member = Supervised(server, role)
        self._members.append(member)
        member.start(time.monotonic())
        self._write()

    def _port(self, usual: int) -> int:
        port = free_port(usual, taken=self._ports)
        self._ports.add(port)
        return port

    def _write(self) -> None:
        stack.write(stack.stack_file(self._state), self.stack())


def _create_topics() -> list[str]:
    # Imported here: the client of Kafka is slow to import, and its server is starting meanwhile.
    from services.common.admin import create_topics  # noqa: PLC0415

    settings = load(CommonSettings)
    return asyncio.run(create_topics(settings.kafka, settings.topics))


@contextlib.contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Make the signals that ask for an end raise KeyboardInterrupt, once.

    One that is ignored from outside, as by nohup, stays ignored.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    # An end that has begun is not interrupted: its deadlines bound it.
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
