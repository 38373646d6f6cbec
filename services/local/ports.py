"""Free ports on the loopback."""

from __future__ import annotations

import socket
from collections.abc import Collection

from services.common.errors import ExitStatus, Fatal

HOST = "127.0.0.1"
LAST_PORT = 32_767
"""Above it the kernel chooses ports for clients: one that reconnects to a server that is down there
can be given the server's own port, connect to itself, and keep the port from the server."""


def free_port(preferred: int, *, taken: Collection[int] = ()) -> int:
    """Give the first port from ``preferred`` upwards that nobody listens on.

    Args:
        preferred: the usual port.
        taken: ports that are promised already.

    Raises:
        Fatal: there is none up to ``LAST_PORT``.
    """
    for port in range(preferred, LAST_PORT + 1):
        if port not in taken and _can_listen(port):
            return port
    raise Fatal(f"no free port from {preferred} to {LAST_PORT}", ExitStatus.UNAVAILABLE)


def _can_listen(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        # As servers do: connections of one that just ended do not make its port a taken one.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
            candidate.listen()
        except OSError:
            return False
    return True
