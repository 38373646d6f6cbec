"""The proxy passes all on, and fails as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import pytest

from services.local.ports import HOST
from tests.faults.network import Proxy

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy(new_port: Callable[[], int]) -> AsyncIterator[Proxy]:
    """Give a proxy to a server that echoes."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, HOST, new_port())
    proxy = Proxy(new_port(), server.sockets[0].getsockname()[1])
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()


async def connected(proxy: Proxy) -> Ends:
    return await asyncio.open_connection(HOST, proxy.port)


async def answered(ends: Ends, said: bytes = b"hello") -> bytes:
    reader, writer = ends
    writer.write(said)
    await writer.drain()
    return await reader.readexactly(len(said))


async def is_silent(ends: Ends) -> bool:
    try:
        async with asyncio.timeout(0.2):
            await answered(ends)
    except TimeoutError:
        return True
    return False


async def test_all_that_is_said_comes_through(proxy: Proxy) -> None:
    said = bytes(range(256)) * 4_096
    ends = await connected(proxy)
    ends[1].write(said)
    assert await ends[0].readexactly(len(said)) == said
    ends[1].close()


async def test_a_client_that_closes_closes_the_server_too(proxy: Proxy) -> None:
    reader, writer = await connected(proxy)
    writer.write_eof()
    assert await reader.read() == b""


async def test_a_slow_network_holds_up_each_piece(proxy: Proxy) -> None:
    ends = await connected(proxy)
    await answered(ends)
    proxy.delay(0.1)
    started = time.monotonic()
    await answered(ends)
    assert time.monotonic() - started >= 0.2
    proxy.heal()
    assert await answered(ends) == b"hello"


async def test_lines_are_reset_and_new_ones_are_served(proxy: Proxy) -> None:
    ends = await connected(proxy)
    await answered(ends)
    assert proxy.reset() == 1
    with pytest.raises(ConnectionResetError):
        await ends[0].read(1)
    assert await answered(await connected(proxy)) == b"hello"


async def test_a_silent_line_stays_open_and_silent_when_the_network_heals(proxy: Proxy) -> None:
    old = await connected(proxy)
    await answered(old)
    assert proxy.fall_silent() == 1
    assert await is_silent(old)
    late = await connected(proxy)
    assert await is_silent(late)
    proxy.heal()
    assert await is_silent(old)
    assert await is_silent(late)
    assert await answered(await connected(proxy)) == b"hello"


async def test_a_client_of_a_server_that_is_away_is_cut_off(new_port: Callable[[], int]) -> None:
    proxy = Proxy(new_port(), new_port())
    await proxy.start()
    reader, _ = await connected(proxy)
    assert await reader.read() == b""
    await proxy.stop()
