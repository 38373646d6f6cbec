"""What befalls a container, and how it is taken back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.compose.project import EVERY, SERVICES, Project

HOLD_SECONDS = 12.0
"""Longer than the session timeout of a worker (10 s): its partitions are given away meanwhile."""

RESTART_SECONDS = 60.0

Strike = Callable[[Project, str], None]


class Blow(NamedTuple):
    """A strike at a service."""

    name: str
    service: str
    strike: Strike


def killed(project: Project, service: str) -> None:
    """`docker kill`: the engine takes it for a wish, and leaves the start to whoever wished it."""
    container = project.container(service)
    project.docker("kill", container)
    project.docker("start", container)


def crashed(project: Project, service: str) -> None:
    """End the process behind the engine's back, which has to start it again by itself."""
    before = project.inspected(service)
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    deadline = time.monotonic() + RESTART_SECONDS
    while project.inspected(service)["RestartCount"] == before["RestartCount"]:
        assert time.monotonic() < deadline, f"{service} was not started again"
        time.sleep(0.2)


def paused(project: Project, service: str) -> None:
    container = project.container(service)
    project.docker("pause", container)
    time.sleep(HOLD_SECONDS)
    project.docker("unpause", container)


def disconnected(project: Project, service: str) -> None:
    """Take it off the network, which it comes back to under its name, perhaps at a new address."""
    network, container = f"{project.name}_default", project.container(service)
    project.docker("network", "disconnect", network, container)
    time.sleep(HOLD_SECONDS)
    project.docker("network", "connect", "--alias", service, network, container)


def blows() -> Iterator[Blow]:
    """Yield every strike at every service that it is meant for."""
    servers = ("kafka", "valkey")
    yield from (Blow("docker kill", service, killed) for service in EVERY)
    yield from (Blow("kill -9 of its process", service, crashed) for service in EVERY)
    yield from (Blow("docker pause", service, paused) for service in (*servers, *SERVICES))
    yield from (
        Blow("docker network disconnect", service, disconnected)
        for service in (*servers, *SERVICES)
    )


def can_be_struck(project: Project, blow: Blow) -> bool:
    """Tell whether it can be done: its process may be another user's, or on another machine."""
    if blow.strike is not crashed:
        return True
    try:
        os.kill(project.inspected(blow.service)["State"]["Pid"], 0)
    except (PermissionError, ProcessLookupError):
        return False
    return True
