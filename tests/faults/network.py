"""A network that fails: a proxy between services and a server."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass

from services.local.ports import HOST

CHUNK = 64 * 1024
ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER: what is closed is reset."""


@dataclass(eq=False)
class Line:
    """One connection: the client's end and the server's.

    A line that is ``dead`` is open at both ends, and nothing comes through any more.
    """

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    dead: bool = False

    @property
    def ends(self) -> list[asyncio.StreamWriter]:
        return [self.client, *([self.server] if self.server is not None else [])]


class Proxy:
    """Passes bytes on, until it is told to be slow, to cut or to be silent.

    Args:
        port: where it listens, on the loopback.
        upstream: port of the server that it stands for.
    """

    def __init__(self, port: int, upstream: int) -> None:
        self.port = port
        self.upstream = upstream
        self._delay = 0.0
        self._is_silent = False
        self._lines: set[Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=CHUNK)

    async def stop(self) -> None:
        """End it, and every line."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def delay(self, seconds: float) -> None:
        """Hold each piece of every line up, from now on."""
        self._delay = seconds

    def reset(self) -> int:
        """Reset every line, as a server does that knows none of them; give how many it was."""
        lines = list(self._lines)
        for line in lines:
            _abort(line)
        return len(lines)

    def fall_silent(self) -> int:
        """Pass nothing on any more, on no line and on no new one; give how many it strikes.

        Both ends stay open, and none is told: a cable that was pulled, a firewall that forgot.
        """
        self._is_silent = True
        for line in self._lines:
            line.dead = True
        return len(self._lines)

    def heal(self) -> None:
        """Serve new lines as before; those that fell silent stay so."""
        self._is_silent = False
        self._delay = 0.0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        line = Line(writer, dead=self._is_silent)
        self._lines.add(line)
        self._tasks.add(task)
        try:
            if line.dead:
                await _swallow(reader)
            else:
                await self._connected(line, reader)
        except OSError:
            return
        finally:
            self._lines.discard(line)
            self._tasks.discard(task)
            for each in line.ends:
                each.close()

    async def _connected(self, line: Line, reader: asyncio.StreamReader) -> None:
        from_server, line.server = await asyncio.open_connection(HOST, self.upstream, limit=CHUNK)
        there = asyncio.ensure_future(self._pass_on(line, reader, line.server))
        back = asyncio.ensure_future(self._pass_on(line, from_server, line.client))
        try:
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            if line.dead:
                # That one end has closed it is not told to the other.
                await asyncio.wait((there, back))
        finally:
            for each in (there, back):
                each.cancel()
            await asyncio.gather(there, back, return_exceptions=True)

    async def _pass_on(
        self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(CHUNK):
            await asyncio.sleep(self._delay)
            if not line.dead:
                writer.write(data)
                await writer.drain()


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK):
        pass


def _abort(line: Line) -> None:
    for writer in line.ends:
        connection: socket.socket | None = writer.get_extra_info("socket")
        if connection is not None and connection.fileno() >= 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        writer.transport.abort()
