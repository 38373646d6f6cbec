"""TLS before a server that was built without, on the address by which others know it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator

from services.local.ports import HOST

HANDSHAKE = b"\x16"
"""The first byte of who begins to speak TLS: RFC 8446, 5.1."""

CHUNK_BYTES = 65_536


class Front:
    """A port that passes all on; ``encrypted`` counts the connections that came by TLS.

    Who speaks in the clear is passed on, too: replicas and Sentinels do here.

    Args:
        port: where it listens.
        behind: the port of the server.
        context: what it shows.
    """

    def __init__(self, port: int, behind: int, context: ssl.SSLContext) -> None:
        self.port = port
        self.encrypted = 0
        self._behind = behind
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        with socket.create_server((HOST, self.port)) as listening:
            listening.setblocking(False)
            accepting = asyncio.create_task(self._accept(listening))
            try:
                yield
            finally:
                for task in (accepting, *self._tasks):
                    task.cancel()
                await asyncio.wait([accepting, *self._tasks])

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(listening)
            task = asyncio.create_task(self._serve(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            first = await asyncio.to_thread(_peek, connection)
            context = self._context if first == HANDSHAKE else None
            server = await asyncio.open_connection(HOST, self._behind)
            with contextlib.closing(server[1]):
                client = await _streams(connection, context)
                self.encrypted += context is not None
                with contextlib.closing(client[1]):
                    async with asyncio.TaskGroup() as both:
                        both.create_task(pour(client[0], server[1]))
                        both.create_task(pour(server[0], client[1]))


async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until its end."""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(CHUNK_BYTES):
            writer.write(part)
            await writer.drain()
    writer.close()


def _peek(connection: socket.socket) -> bytes:
    """Give the first byte and leave it where it is; none where nothing comes."""
    connection.settimeout(5)
    return connection.recv(1, socket.MSG_PEEK)


async def _streams(
    connection: socket.socket, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection, ssl=context)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
