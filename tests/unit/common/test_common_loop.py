"""The loop of the services tells of a lost connection as clients expect it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import uvloop

from services.common.loop import Loop
from services.local.ports import HOST


async def written_after_the_end(port: int, write: Callable[[asyncio.StreamWriter], None]) -> None:
    """Write to a connection that is closed, as one is that the other end has reset."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), HOST, port)
    _, writer = await asyncio.open_connection(HOST, port)
    writer.transport.abort()
    await asyncio.sleep(0.05)
    try:
        write(writer)
    finally:
        server.close()


@pytest.mark.parametrize(
    "write",
    [lambda writer: writer.write(b"late"), lambda writer: writer.writelines([b"too", b"late"])],
    ids=["write", "writelines"],
)
def test_a_write_to_a_lost_connection_is_a_connection_error(
    new_port: Callable[[], int], write: Callable[[asyncio.StreamWriter], None]
) -> None:
    with pytest.raises(ConnectionResetError):
        uvloop.run(written_after_the_end(new_port(), write), loop_factory=Loop)


def test_all_else_is_as_it_was(new_port: Callable[[], int]) -> None:
    async def echoed(port: int) -> bytes:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read())
            writer.close()

        server = await asyncio.start_server(echo, HOST, port)
        reader, writer = await asyncio.open_connection(HOST, port)
        assert writer.get_extra_info("peername") == (HOST, port)
        writer.writelines([b"all ", b"of "])
        writer.write(b"it")
        await writer.drain()
        writer.write_eof()
        answer = await reader.read()
        assert not writer.is_closing()
        writer.close()
        await writer.wait_closed()
        server.close()
        return answer

    assert uvloop.run(echoed(new_port()), loop_factory=Loop) == b"all of it"
