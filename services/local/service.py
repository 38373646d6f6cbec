"""A Headrace service as a process of the local stack, and what it says of itself."""

from __future__ import annotations

import http.client
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from services.local.server import Server

ANSWER_SECONDS = 1.0


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What ``/readyz`` says; ``lag`` is records that can still be read, None where not known."""

    ready: bool
    reasons: tuple[str, ...] = ()
    lag: int | None = None


class ServiceProcess(Server):
    """One worker of a service.

    Args:
        name: of the worker: ``ingest``, ``ingest-2``.
        argv: the program with its arguments.
        port: where it answers ``/readyz``, on the loopback.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        port: int,
        *,
        log: Path,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(name, port, log, {**environment, "HEADRACE_WEB__PORT": str(port)})
        self._argv = tuple(argv)

    def command(self) -> Sequence[str]:
        return self._argv

    def answers(self) -> bool:
        found = health(self.address)
        return found is not None and found.ready


def health(address: str) -> Health | None:
    """Ask a service whether it is ready; None where it does not answer."""
    connection = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return msgspec.json.decode(connection.getresponse().read(), type=Health)
    except (OSError, http.client.HTTPException, msgspec.MsgspecError):
        return None
    finally:
        connection.close()
