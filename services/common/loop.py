"""The event loop of the services: uvloop, whose lost connections are errors that clients know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import uvloop

CLOSED = "the handler is closed"


class Loop(uvloop.Loop):
    """A loop on which a write to a connection that was lost raises ``ConnectionResetError``.

    uvloop raises a ``RuntimeError``, where asyncio's own loop takes no notice and has the reader
    find out. Clients expect an ``OSError`` or nothing: with any other error the task in which
    aiokafka fetches ended, and the consumer gave no record any more, without a word.
    """

    async def create_connection(
        self, protocol_factory: Callable[[], Any], *args: Any, **options: Any
    ) -> tuple[Any, Any]:
        """See ``asyncio.loop.create_connection``."""
        made: tuple[Any, Any] = await super().create_connection(protocol_factory, *args, **options)
        transport, protocol = made
        return Connection(transport), protocol


class Connection:
    """A transport whose writes tell that it is lost; all else is the transport's."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        with _told():
            self._transport.write(data)

    def writelines(self, data: Iterable[bytes]) -> None:
        with _told():
            self._transport.writelines(data)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if CLOSED not in str(error):
            raise
        raise ConnectionResetError("the connection was lost") from error
