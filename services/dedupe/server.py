"""The server of the index, Redis or Valkey: its client, and what its errors mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import resources
from typing import Any

import redis.asyncio as redis
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.sentinel import Sentinel
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)

from services.common.errors import BadSetting, ExitStatus, Fatal, Retryable
from services.dedupe.settings import RedisSettings

NO_EVICTION = "noeviction"
"""The one ``maxmemory-policy`` with which no paper is dropped when the memory is full."""

AWAY = ("READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS")
"""How the errors begin with which a server refuses all writes for the time being."""


@asynccontextmanager
async def connected(settings: RedisSettings) -> AsyncIterator[redis.Redis]:
    """Give a client of the primary; its connections are closed at the end.

    Raises:
        BadSetting: the address is none.
    """
    password = settings.password.get_secret_value() if settings.password else None
    options: dict[str, Any] = {
        "password": password,
        "protocol": 3,
        "socket_timeout": settings.timeout_seconds,
        "socket_connect_timeout": settings.timeout_seconds,
    }
    async with AsyncExitStack() as stack:
        try:
            clients = (
                _by_sentinels(settings, settings.sentinels, options)
                if settings.sentinels
                else [redis.Redis.from_url(settings.url, **options)]
            )
        except ValueError as error:
            raise BadSetting(f"HEADRACE_REDIS__URL: {error}") from None
        for client in clients:
            stack.push_async_callback(client.aclose)
        yield clients[0]


def _by_sentinels(
    settings: RedisSettings, addresses: str, options: dict[str, Any]
) -> list[redis.Redis]:
    """Give a client that asks for the primary whenever it connects, and those that it asks."""
    parts: dict[str, Any] = dict(parse_url(settings.url))
    told = {name: parts[name] for name in ("username", "password", "db") if name in parts}
    pairs = (each.rpartition(":") for each in addresses.split(","))
    sentinel: Any = Sentinel([(host, int(port)) for host, _, port in pairs], **options)  # type: ignore[no-untyped-call]
    encrypted = parts.get("connection_class") is SSLConnection
    primary = sentinel.master_for(settings.service, **told, ssl=encrypted)
    return [primary, *sentinel.sentinels]


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turn the client's errors into what the stream does next."""
    try:
        yield
    except (AuthenticationError, AuthorizationError) as error:
        raise BadSetting(f"HEADRACE_REDIS__PASSWORD: Redis refused it: {error}") from error
    except OutOfMemoryError as error:
        raise Retryable("redis_full", str(error)) from error
    except ResponseError as error:
        if str(error).startswith(AWAY):
            raise Retryable("redis_unavailable", str(error)) from error
        raise Fatal(f"Redis refused a command: {error}", ExitStatus.SOFTWARE) from error
    except (RedisError, OSError) as error:
        raise Retryable("redis_unavailable", f"{type(error).__name__}: {error}") from error


def script(name: str) -> str:
    """Give the text of one of the scripts that run in the server, after what they share."""
    folder = resources.files("services.dedupe")
    return folder.joinpath("common.lua").read_text() + folder.joinpath(name).read_text()
