"""The server of the index, Redis or Valkey: its client, and what its errors mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

import redis.asyncio as redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)

from services.common.errors import BadSetting, ExitStatus, Fatal, Retryable
from services.dedupe.settings import RedisSettings


@asynccontextmanager
async def connected(settings: RedisSettings) -> AsyncIterator[redis.Redis]:
    """Give a client of the server; its connections are closed at the end.

    Raises:
        BadSetting: the address is none.
    """
    password = settings.password.get_secret_value() if settings.password else None
    try:
        client = redis.Redis.from_url(
            settings.url,
            password=password,
            protocol=3,
            socket_timeout=settings.timeout_seconds,
            socket_connect_timeout=settings.timeout_seconds,
        )
    except ValueError as error:
        raise BadSetting(f"HEADRACE_REDIS__URL: {error}") from None
    try:
        yield client
    finally:
        await client.aclose()


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
        if str(error).startswith(("READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN")):
            raise Retryable("redis_unavailable", str(error)) from error
        raise Fatal(f"Redis refused a command: {error}", ExitStatus.SOFTWARE) from error
    except (RedisError, OSError) as error:
        raise Retryable("redis_unavailable", f"{type(error).__name__}: {error}") from error


def script(name: str) -> str:
    """Give the text of one of the scripts that run in the server, after what they share."""
    folder = resources.files("services.dedupe")
    return folder.joinpath("common.lua").read_text() + folder.joinpath(name).read_text()
