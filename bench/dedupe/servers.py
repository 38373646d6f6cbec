"""A Valkey of the measurement's own, and what it says of its work."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis.asyncio as redis

from services.dedupe.index import RedisIndex, open_index
from services.dedupe.settings import DedupeSection, RedisSettings
from services.local.ports import free_port
from services.local.valkey import ValkeyServer

FIRST_PORT = 16_500
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Work:
    """What a server has done so far; a difference of two is what it did between them.

    Args:
        cpu_seconds: of the server itself; that of a child which rewrites its file is not in it.
        bytes: of memory that it uses.
        calls: requests of clients.
    """

    cpu_seconds: float
    bytes: int
    calls: int

    def __sub__(self, earlier: Work) -> Work:
        return Work(
            self.cpu_seconds - earlier.cpu_seconds,
            self.bytes - earlier.bytes,
            self.calls - earlier.calls,
        )


@contextmanager
def running_valkey(preloaded: Path | None = None) -> Iterator[ValkeyServer]:
    """Give a server as the local stack has it, with an append-only file.

    Args:
        preloaded: a library that it is started with, such as another allocator.
    """
    environment = {"LD_PRELOAD": str(preloaded)} if preloaded else None
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as folder:
        server = ValkeyServer(Path(folder), free_port(FIRST_PORT), environment=environment)
        try:
            server.start()
            server.wait_ready()
            yield server
        finally:
            server.stop()


@asynccontextmanager
async def client_of(server: ValkeyServer) -> AsyncIterator[redis.Redis]:
    """Give a client of the server that asks and sets what no index does."""
    client = redis.Redis.from_url(server.url, protocol=3)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def new_index(
    server: ValkeyServer, *, capacity: int
) -> AsyncIterator[tuple[RedisIndex, str]]:
    """Give an empty index on an empty server, and its mark."""
    section = DedupeSection(capacity=capacity)
    settings = RedisSettings(url=server.url, timeout_seconds=TIMEOUT_SECONDS)
    async with open_index(settings, section, binding="bench") as index:
        lock = await index.lock()
        assert lock is not None
        await index.restore(lock, (), done=True)
        mark = await index.learn()
        assert mark is not None
        yield index, mark


async def work(client: redis.Redis) -> Work:
    """Ask a server what it has done."""
    info: dict[str, Any] = await client.info()
    commands: dict[str, Any] = await client.info("commandstats")
    calls = sum(
        each["calls"] - each.get("rejected_calls", 0)
        for name, each in commands.items()
        if name in ("cmdstat_evalsha", "cmdstat_eval")
    )
    return Work(info["used_cpu_user"] + info["used_cpu_sys"], info["used_memory"], calls)
