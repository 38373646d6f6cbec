"""The end of a local stack: exactly the processes that it started, services before servers."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.local import process, stack
from services.local.stack import Stack

SERVICE_SECONDS = 10.0
SERVER_SECONDS = 20.0
LAUNCHER_SECONDS = 2 * (SERVICE_SECONDS + SERVER_SECONDS) + 10.0
DATA = ("kafka", "valkey", "log")


def down(state: Path, *, delete: bool = False) -> list[str]:
    """End the stack of this folder, also one whose launcher was killed; none running is fine.

    Args:
        state: the stack's folder.
        delete: remove its data and logs too.

    Returns:
        Names of the processes that ran.

    Raises:
        Fatal: another command starts or ends it at this moment.
    """
    found = stack.read(state)
    names = [] if found is None else _running(found)
    if found is not None and (launcher := process.find(found.launcher)):
        process.end([launcher], seconds=LAUNCHER_SECONDS)
    if state.is_dir():
        with stack.hold(state, seconds=LAUNCHER_SECONDS):
            end(stack.read(state))
            stack.forget(state)
            if delete:
                _delete(state)
    return names


def end(found: Stack | None) -> int:
    """End the processes of a stack but its launcher, and give their number."""
    if found is None:
        return 0
    recorded = [(member.role, process.find(member.process)) for member in found.members]
    servers = [each for role, each in recorded if each is not None and role != "service"]
    services = [each for role, each in recorded if each is not None and role == "service"]
    known = {each.pid for each in servers + services}
    services += [each for each in process.marked(found.mark) if each.pid not in known]
    # A service that ends in order commits its last batch, and needs the servers for it.
    process.end(services, seconds=SERVICE_SECONDS)
    process.end(servers, seconds=SERVER_SECONDS)
    return len(services) + len(servers)


def _running(found: Stack) -> list[str]:
    return [member.name for member in found.members if process.find(member.process)]


def _delete(state: Path) -> None:
    for name in DATA:
        shutil.rmtree(state / name, ignore_errors=True)
    if not any(state.iterdir()):
        state.rmdir()
