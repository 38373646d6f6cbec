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
    NoPermissionError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)

from services.common import tls
from services.common.errors import BadSetting, ExitStatus, Fatal, Retryable, ServiceError
from services.dedupe.settings import RedisSettings

NO_EVICTION = "noeviction"
"""The one ``maxmemory-policy`` with which no paper is dropped when the memory is full."""

AWAY = ("READONLY", "MISCONF", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS")
"""How the errors begin with which a server refuses all writes for the time being."""

FORBIDDEN_TO_SCRIPT = "ACL failure in script"
"""How the server says that the user of a script may not do what is in it."""


@asynccontextmanager
async def connected(settings: RedisSettings) -> AsyncIterator[redis.Redis]:
    """Give a client of the primary; its connections are closed at the end.

    Raises:
        BadSetting: the address is none, or a file of TLS is of no use.
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
            parts: dict[str, Any] = dict(parse_url(settings.url))
            encryption = _encryption(settings, parts)
            clients = (
                _by_sentinels(settings, settings.sentinels, parts, options, encryption)
                if settings.sentinels
                else [redis.Redis.from_url(settings.url, **options, **encryption)]
            )
        except ValueError:
            # Without what the parser says: it quotes the part that it could not read.
            raise BadSetting(
                "HEADRACE_REDIS__URL: no address of Redis; it is redis://user@host:port/database, "
                "with rediss:// for TLS, and in a password what is special must be percent-encoded"
            ) from None
        for client in clients:
            stack.push_async_callback(client.aclose)
        yield clients[0]


def _encryption(settings: RedisSettings, parts: dict[str, Any]) -> dict[str, Any]:
    """Give the options of TLS; none where the URL does not ask for it.

    Raises:
        BadSetting: a file is of no use, or named though nothing would be encrypted.
    """
    files = {
        "ssl_ca_certs": settings.ssl_cafile,
        "ssl_certfile": settings.ssl_certfile,
        "ssl_keyfile": settings.ssl_keyfile,
    }
    if parts.get("connection_class") is SSLConnection:
        # The client would find out only when it connects, and try again for ever.
        tls.context(settings, "REDIS")
        return {name: str(file) for name, file in files.items() if file}
    if any(files.values()):
        raise BadSetting(
            "HEADRACE_REDIS__URL: nothing is encrypted with redis://, yet files for TLS are named "
            "(HEADRACE_REDIS__SSL_...); it must begin with rediss://"
        )
    return {}


def _by_sentinels(
    settings: RedisSettings,
    addresses: str,
    parts: dict[str, Any],
    options: dict[str, Any],
    encryption: dict[str, Any],
) -> list[redis.Redis]:
    """Give a client that asks for the primary whenever it connects, and those that it asks."""
    told = {name: parts[name] for name in ("username", "password", "db") if name in parts}
    pairs = (each.rpartition(":") for each in addresses.split(","))
    sentinel: Any = Sentinel([(host, int(port)) for host, _, port in pairs], **options)  # type: ignore[no-untyped-call]
    encrypted = parts.get("connection_class") is SSLConnection
    primary = sentinel.master_for(settings.service, **told, **encryption, ssl=encrypted)
    return [primary, *sentinel.sentinels]


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turn the client's errors into what the stream does next."""
    try:
        yield
    except (AuthenticationError, AuthorizationError) as error:
        raise BadSetting(f"HEADRACE_REDIS__PASSWORD: Redis refused it: {error}") from error
    except ResponseError as error:
        raise _refusal(error) from error
    except (RedisError, OSError) as error:
        raise Retryable("redis_unavailable", f"{type(error).__name__}: {error}") from error


def _refusal(error: ResponseError) -> ServiceError:
    """Give what an answer means that is an error."""
    said = str(error)
    if isinstance(error, OutOfMemoryError):
        return Retryable("redis_full", said)
    if said.startswith(AWAY):
        return Retryable("redis_unavailable", said)
    if isinstance(error, NoPermissionError) or FORBIDDEN_TO_SCRIPT in said:
        return BadSetting(
            "HEADRACE_REDIS__URL: its user may not do what is needed (docs/security.md lists "
            f"that): {said}"
        )
    return Fatal(f"Redis refused a command: {said}", ExitStatus.SOFTWARE)


def script(name: str) -> str:
    """Give the text of one of the scripts that run in the server, after what they share."""
    folder = resources.files("services.dedupe")
    return folder.joinpath("common.lua").read_text() + folder.joinpath(name).read_text()
