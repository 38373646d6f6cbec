"""The index of the papers seen, in Redis or Valkey: who owns which wording.

The log is the truth and this an index of it: every call carries the mark of one lifetime of the
index, and a server that has had another lifetime since then answers Stale and writes nothing.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

import redis.asyncio as redis
import structlog
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
)

from services.common.errors import BadSetting, ExitStatus, Fatal, Retryable, Stale
from services.dedupe.settings import DedupeSection, RedisSettings

log = structlog.get_logger()

BUCKET_ENTRIES = 32
"""Papers in one hash at full capacity: few enough for Redis to keep it as a flat listpack."""

LAYOUT = "exact-1"
"""Version of what is stored; another one needs a namespace of its own."""

LOCK_MS = 15_000
_PAPER = struct.Struct(">16sHQ")


@dataclass(frozen=True, slots=True)
class Owned:
    """A wording and the coordinates in ``papers`` of the record that emits it."""

    wording_id: str
    partition: int
    offset: int

    def packed(self) -> bytes:
        return _PAPER.pack(bytes.fromhex(self.wording_id), self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class Report:
    """What a lane has committed: its input offset, and one more than the highest acknowledged
    offset for each partition of ``unique``."""

    lane: int
    committed: int
    checkpoint: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Lock:
    """The right to catch up, within one lifetime of the server."""

    token: str
    lifetime: str


class RedisIndex:
    """One namespace of the index on one primary."""

    def __init__(self, client: redis.Redis, *, namespace: str, capacity: int, binding: str) -> None:
        self._client = client
        self._prefix = f"headrace:{{{namespace}}}:"
        self._namespace = namespace
        self._buckets = max(1, capacity // BUCKET_ENTRIES)
        self._binding = f"{LAYOUT} buckets={self._buckets} {binding}"
        self._claim = client.register_script(_script("claim.lua"))
        self._restore = client.register_script(_script("restore.lua"))
        self._release = client.register_script(_script("release.lua"))

    async def learn(self) -> str | None:
        """Give the mark of the index's present lifetime, or None where it must be caught up.

        Raises:
            Retryable: the server is away.
            Fatal: the namespace belongs to another stream, or the server may drop keys.
        """
        async with _translated():
            mark, binding = await self._strings("mark", "binding")
            lifetime = await self._lifetime()
        if binding is not None and binding != self._binding:
            raise Fatal(
                f"the index namespace {self._namespace!r} is bound to «{binding}», not to "
                f"«{self._binding}»; set HEADRACE_DEDUPE__NAMESPACE to a new name, with the old "
                "group stopped",
                ExitStatus.CONFIGURATION,
            )
        return mark if mark is not None and mark.startswith(lifetime + ":") else None

    async def claim(self, mark: str, report: Report, papers: Sequence[Owned]) -> str:
        """Claim papers for the lane of the report, and take the report.

        Returns:
            a letter for each paper: N new, O owned by this very record, D seen before.

        Raises:
            Stale: the index has had another lifetime since the mark; nothing was written.
            Retryable: the server is away; the claims may or may not have been made.
        """
        pairs = [number for pair in report.checkpoint.items() for number in pair]
        async with _translated():
            status, *verdicts = await self._claim(
                keys=[self._prefix],
                args=[
                    mark,
                    report.lane,
                    report.committed,
                    self._buckets,
                    b"".join(paper.packed() for paper in papers),
                    *pairs,
                ],
            )
        if status != b"OK":
            raise Stale("the index has had another lifetime since it was learned")
        return cast("str", verdicts[0].decode())

    async def release(self, mark: str, paper: Owned) -> None:
        """Give up a claim whose record will never be emitted; that of another owner stays.

        Raises:
            Stale: see ``claim``.
            Retryable: the server is away.
        """
        async with _translated():
            status = await self._release(
                keys=[self._prefix], args=[mark, self._buckets, paper.packed()]
            )
        if status != b"OK":
            raise Stale("the index has had another lifetime since it was learned")

    async def lock(self) -> Lock | None:
        """Take the right to catch up; None while somebody else has it."""
        token = secrets.token_hex(16)
        async with _translated():
            lifetime = await self._lifetime()
            taken = await self._client.set(self._prefix + "lock", token, nx=True, px=LOCK_MS)
        return Lock(token, lifetime) if taken else None

    async def checkpoint(self) -> dict[int, int]:
        """Give the offsets of ``unique`` by partition below which all is in the index."""
        async with _translated():
            # A cast: the client's answer depends on an option of its connection.
            held = cast(
                "dict[bytes, bytes]", await self._client.hgetall(self._prefix + "checkpoint")
            )
        return {int(partition): int(offset) for partition, offset in held.items()}

    async def restore(
        self,
        lock: Lock,
        papers: Sequence[Owned],
        *,
        checkpoint: Mapping[int, int] | None = None,
        done: bool = False,
    ) -> None:
        """Give papers their owners where they have none, and renew the lock.

        Args:
            lock: of who catches up.
            papers: read from ``unique``.
            checkpoint: offsets of ``unique`` up to which all was read.
            done: with the last step: the index gets a new mark, and the lock is given back.

        Raises:
            Stale: the lock went to somebody else, or the server had another lifetime.
        """
        mark = f"{lock.lifetime}:{secrets.token_hex(8)}" if done else ""
        pairs = [number for pair in (checkpoint or {}).items() for number in pair]
        async with _translated():
            status = await self._restore(
                keys=[self._prefix],
                args=[
                    lock.token,
                    lock.lifetime,
                    LOCK_MS,
                    self._buckets,
                    b"".join(paper.packed() for paper in papers),
                    mark,
                    self._binding,
                    *pairs,
                ],
            )
        if status != b"OK":
            raise Stale("the lock of the catch-up was lost")

    async def _strings(self, *names: str) -> list[str | None]:
        values = await self._client.mget(*(self._prefix + name for name in names))
        return [None if value is None else cast("bytes", value).decode() for value in values]

    async def _lifetime(self) -> str:
        """Give ``run_id:master_replid`` of the server.

        Raises:
            Fatal: the server may drop keys when its memory is full.
        """
        info: dict[str, Any] = await self._client.info("server", "replication", "memory")
        if (policy := info["maxmemory_policy"]) != "noeviction":
            raise Fatal(
                f"Redis would drop papers when its memory is full (maxmemory-policy {policy}); "
                "set maxmemory-policy to noeviction",
                ExitStatus.CONFIGURATION,
            )
        return f"{info['run_id']}:{info['master_replid']}"


@asynccontextmanager
async def open_index(
    settings: RedisSettings, section: DedupeSection, *, binding: str
) -> AsyncIterator[RedisIndex]:
    """Give the index of the settings; its connections are closed at the end.

    Args:
        settings: where the server is.
        section: the namespace and its capacity.
        binding: names the group and the topic that the namespace belongs to.
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
        yield RedisIndex(
            client, namespace=section.namespace, capacity=section.capacity, binding=binding
        )
    finally:
        await client.aclose()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
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


def _script(name: str) -> str:
    return resources.files("services.dedupe").joinpath(name).read_text()
