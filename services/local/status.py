"""How a local stack is: what runs, where it listens, whether it is ready and how far behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from services.local import kafka, process, stack, valkey
from services.local.keys import Keys
from services.local.service import Health, health
from services.local.stack import Member

State = Literal["running", "restarting", "exited", "external"]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """How one program is; ``external`` is a server that the stack uses and did not start.

    ``ready`` and ``lag`` are None where nothing can be asked.
    """

    name: str
    state: State
    address: str
    pid: int | None = None
    restarts: int = 0
    last_exit: int | None = None
    ready: bool | None = None
    lag: int | None = None
    reasons: tuple[str, ...] = ()
    log: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the stack is; ``supervised`` is false when its launcher was killed."""

    state_dir: str
    supervised: bool
    started_at: datetime
    kafka: Condition
    redis: Condition
    services: tuple[Condition, ...]

    def all(self) -> tuple[Condition, ...]:
        return (self.kafka, self.redis, *self.services)

    def as_json(self) -> dict[str, Any]:
        """Give what ``headrace status --json`` prints."""
        found = msgspec.to_builtins(self)
        found["kafka"]["bootstrap_servers"] = found["kafka"].pop("address")
        found["redis"]["url"] = found["redis"].pop("address")
        found["services"] = {each.pop("name"): each for each in found["services"]}
        return {"running": True, **found}


def look(state: Path) -> Status | None:
    """Ask every program of this folder's stack, all at once; None where no stack is."""
    found = stack.read(state)
    if found is None:
        return None
    supervised = process.find(found.launcher) is not None
    with ThreadPoolExecutor(max_workers=len(found.members) + 1) as pool:
        keys = Keys(state) if found.secure else None
        asked = pool.map(
            lambda member: _condition(member, keys, supervised=supervised), found.members
        )
    by_role: dict[str, list[Condition]] = {"kafka": [], "redis": [], "service": []}
    for member, condition in zip(found.members, asked, strict=True):
        by_role[member.role].append(condition)
    return Status(
        state_dir=str(state),
        supervised=supervised,
        started_at=found.started_at,
        kafka=_server("kafka", found.kafka, by_role["kafka"]),
        redis=_server("redis", found.redis, by_role["redis"]),
        services=tuple(by_role["service"]),
    )


def _server(name: str, address: str, own: list[Condition]) -> Condition:
    if own:
        return msgspec.structs.replace(own[0], address=address)
    return Condition(name=name, state="external", address=address)


def _condition(member: Member, keys: Keys | None, *, supervised: bool) -> Condition:
    alive = process.find(member.process)
    found = (
        _ask(member, keys) if alive is not None else Health(ready=False, reasons=_why_ended(member))
    )
    return Condition(
        name=member.name,
        state="running" if alive else "restarting" if supervised else "exited",
        address=member.address,
        pid=alive.pid if alive else None,
        restarts=member.restarts,
        last_exit=member.last_exit,
        ready=found.ready,
        lag=found.lag,
        reasons=found.reasons,
        log=member.log,
    )


def _why_ended(member: Member) -> tuple[str, ...]:
    return () if member.last_exit is None else (f"ended with status {member.last_exit}",)


def _ask(member: Member, keys: Keys | None) -> Health:
    if member.role == "kafka":
        return Health(ready=kafka.answers(member.address, keys.context() if keys else None))
    if member.role == "redis":
        return Health(ready=valkey.answers(member.address, keys.owner() if keys else None))
    return health(member.address) or Health(ready=False, reasons=("does not answer",))
