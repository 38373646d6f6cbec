"""A primary, its replica and a Sentinel, as a test starts, cuts off and ends them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import redis.asyncio as redis
from redis.exceptions import RedisError

from services.dedupe.settings import RedisSettings
from services.local.ports import HOST
from services.local.valkey import ValkeyServer, find_program
from tests.front import Front

SERVICE = "headrace"
DOWN_MS = 1_000
"""Silence after which the Sentinel takes the primary for dead."""

PATIENCE_SECONDS = 60


class Node(ValkeyServer):
    """A Valkey that begins as a replica where it is given a primary.

    ``known_port`` is where others find it: its own port, where nothing stands before that.
    """

    primary: Node | None = None
    front_port: int | None = None

    @property
    def known_port(self) -> int:
        return self.front_port or self.port

    def command(self) -> Sequence[str]:
        follows = ["--replicaof", HOST, str(self.primary.known_port)] if self.primary else []
        known = ["--replica-announce-ip", HOST, "--replica-announce-port", str(self.known_port)]
        return [*super().command(), "--repl-diskless-sync-delay", "0", *known, *follows]


class SentinelServer(ValkeyServer):
    """A Sentinel that needs nobody's consent; ``watched`` is the primary that it begins with."""

    watched: Node

    def command(self) -> Sequence[str]:
        self.data.mkdir(parents=True, exist_ok=True)
        settings = self.data / "sentinel.conf"
        settings.write_text(
            f"port {self.port}\nbind {HOST}\ndir {self.data}\n"
            f"sentinel monitor {SERVICE} {HOST} {self.watched.known_port} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_MS}\n"
            f"sentinel failover-timeout {SERVICE} 3000\n"
        )
        return [str(find_program()), str(settings), "--sentinel"]


@dataclass
class Trio:
    """The servers, and a client of the replica and of the Sentinel."""

    primary: Node
    replica: Node
    sentinel: SentinelServer
    on_replica: redis.Redis
    on_sentinel: redis.Redis
    fronts: Sequence[Front] = ()

    @property
    def settings(self) -> RedisSettings:
        """Give settings of who asks the Sentinel; nothing listens at their URL."""
        return RedisSettings(
            url="redis://nowhere.invalid/0",
            sentinels=self.sentinel.address,
            service=SERVICE,
            timeout_seconds=1.0,
        )

    async def cut_off(self) -> None:
        """Leave the replica with what it has; it goes on trying to follow, in vain."""
        await self.on_replica.config_set("masterauth", "wrong")
        await self.on_replica.client_kill_filter(_type="master")
        await until(self._is_cut_off)

    async def fail_over(self) -> None:
        """End the primary as a power cut would, and wait for the next one."""
        await asyncio.to_thread(self.primary.kill)
        await until(self.is_promoted)

    async def is_linked(self) -> bool:
        known = await self.on_sentinel.sentinel_slaves(SERVICE)
        return not await self._is_cut_off() and [each["port"] for each in known] == [
            self.replica.known_port
        ]

    async def is_promoted(self) -> bool:
        """Tell whether the Sentinel gives out the replica as the primary, and it is one.

        Promoted, it drops its clients: one that it answers has connected since.
        """
        known = await self.on_sentinel.sentinel_master(SERVICE)
        told = await self.on_replica.info("replication")
        return bool(
            told["role"] == "master"
            and known["port"] == self.replica.known_port
            and not (known["is_sdown"] or known["is_odown"])
        )

    async def _is_cut_off(self) -> bool:
        told = await self.on_replica.info("replication")
        return bool(told["master_link_status"] != "up")


@asynccontextmanager
async def running_trio(
    folder: Path, new_port: Callable[[], int], context: ssl.SSLContext | None = None
) -> AsyncIterator[Trio]:
    """Give the three, linked; primary and replica are known by fronts with TLS, given a context."""
    primary, replica, sentinel = (
        make(folder / name, new_port())
        for name, make in (("one", Node), ("two", Node), ("sentinel", SentinelServer))
    )
    assert isinstance(primary, Node)
    assert isinstance(replica, Node)
    assert isinstance(sentinel, SentinelServer)
    replica.primary = sentinel.watched = primary
    async with AsyncExitStack() as stack:
        fronts = []
        for node in (primary, replica) if context else ():
            node.front_port = new_port()
            fronts.append(Front(node.front_port, node.port, context))
            await stack.enter_async_context(fronts[-1].open())
        for server in (primary, replica, sentinel):
            stack.push_async_callback(asyncio.to_thread, server.stop)
            await asyncio.to_thread(server.start)
            await asyncio.to_thread(server.wait_ready)
        clients = [redis.Redis.from_url(each.url, protocol=3) for each in (replica, sentinel)]
        for client in clients:
            stack.push_async_callback(client.aclose)
        trio = Trio(primary, replica, sentinel, *clients, fronts)
        await until(trio.is_linked)
        yield trio


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds; a server that is away says no."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await _answered(holds):
            await asyncio.sleep(0.05)


async def _answered(holds: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await holds()
    except RedisError:
        return False
