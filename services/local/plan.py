"""What a local stack is made of, decided before anything starts."""

from __future__ import annotations

import sys

import msgspec

from services.local.rights import Names

USUAL_PORTS = {"ingest": 6061, "dedupe": 6062, "embed": 6063}
"""Where the first worker of each service answers, if nobody else listens there."""


class Worker(msgspec.Struct, frozen=True):
    """One process of a service; ``port`` is the one it would like.

    ``user`` is who it logs in as where servers ask for it.
    """

    name: str
    argv: tuple[str, ...]
    port: int
    user: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A stack to be started.

    ``kafka`` (bootstrap servers) and ``redis`` (a URL) are servers that run already and are used as
    they are; where absent, the stack starts its own. The URL is one without secrets: a plan is an
    argument of a process, which everybody on the machine can read. ``redis_server`` is the program
    to start, a path or a name on the PATH; where absent, Valkey from its wheel.

    ``secure`` asks for servers that let in whom they know, and says how things are called that they
    are to be granted; it goes with servers of the stack's own alone.
    """

    workers: tuple[Worker, ...]
    kafka: str | None = None
    redis: str | None = None
    redis_server: str | None = None
    secure: Names | None = None


def workers(count: int) -> tuple[Worker, ...]:
    """Give so many workers of each service: ``ingest``, ``dedupe``, ``embed``, ``ingest-2``, ..."""
    return tuple(
        Worker(
            service if number == 1 else f"{service}-{number}",
            # -P: a folder named ``services`` where the user happens to be is not ours.
            (sys.executable, "-P", "-m", f"services.{service}"),
            port if number == 1 else max(USUAL_PORTS.values()) + 1,
            service,
        )
        for number in range(1, count + 1)
        for service, port in USUAL_PORTS.items()
    )
