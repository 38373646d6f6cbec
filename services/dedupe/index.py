"""The index of the papers seen, in Redis or Valkey: who owns which wording of which paper.

The log is the truth and this an index of it: every call carries the mark of one lifetime of the
index, and a server that has had another lifetime since then answers Stale and writes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import redis.asyncio as redis

from services.common.errors import ExitStatus, Fatal, Stale
from services.dedupe import signature
from services.dedupe.claims import Amendment, Answer, Claim, Emitted, Owned, Report, answer
from services.dedupe.server import NO_EVICTION, connected, script, translated
from services.dedupe.settings import DedupeSection, RedisSettings

BUCKET_ENTRIES = 32
"""Papers in one hash at full capacity: few enough for Redis to keep it as a flat listpack."""

LAYOUT = f"near-{signature.VERSION}"
"""Version of what is stored; another one needs a namespace of its own."""

LOCK_MS = 15_000
WIPE_KEYS = 1_000
"""Keys looked at in one step of a wipe: about a millisecond of the server."""


def prefix_of(namespace: str) -> str:
    """Give what all keys of a namespace begin with."""
    return f"headrace:{{{namespace}}}:"


def buckets_of(capacity: int) -> int:
    """Give the number of hashes of records; of keys there are eight times as many."""
    return max(1, capacity // BUCKET_ENTRIES)


@dataclass(frozen=True, slots=True)
class Lock:
    """The right to catch up, within one lifetime of the server."""

    token: str
    lifetime: str


class RedisIndex:
    """One namespace of the index on one primary."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        namespace: str,
        capacity: int,
        binding: str,
        revises: bool = True,
    ) -> None:
        self._client = client
        self._prefix = prefix_of(namespace)
        self._namespace = namespace
        self._buckets = buckets_of(capacity)
        self._binding = f"{LAYOUT} buckets={self._buckets} {binding}"
        self._revises = revises
        self._claim = client.register_script(script("claim.lua"))
        self._amend = client.register_script(script("amend.lua"))
        self._release = client.register_script(script("release.lua"))
        self._lock = client.register_script(script("lock.lua"))
        self._wipe = client.register_script(script("wipe.lua"))
        self._restore = client.register_script(script("restore.lua"))

    async def learn(self) -> str | None:
        """Give the mark of the index's present lifetime, or None where it must be caught up.

        Raises:
            Retryable: the server is away.
            Fatal: the namespace belongs to another stream, or the server may drop keys.
        """
        async with translated():
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

    async def claim(self, mark: str, report: Report, claims: Sequence[Claim]) -> Sequence[Answer]:
        """Claim papers for the lane of the report, and take the report.

        Returns:
            an answer for each claim, or for the first of them: the next one must wait until
            another lane has committed, and neither it nor anything after it is claimed.

        Raises:
            Stale: the index has had another lifetime since the mark; nothing was written.
            Retryable: the server is away; the claims may or may not have been made.
        """
        pairs = [number for pair in report.checkpoint.items() for number in pair]
        async with translated():
            status, *answers = await self._claim(
                keys=[self._prefix],
                args=[
                    mark,
                    report.lane,
                    report.committed,
                    self._buckets,
                    int(self._revises),
                    b"".join(claim.packed() for claim in claims),
                    *pairs,
                ],
            )
        if status != b"OK":
            raise Stale("the index has had another lifetime since it was learned")
        return [answer(packed) for packed in answers[0]]

    async def amend(self, mark: str, amendment: Amendment) -> Answer | None:
        """Make a takedown, or its undoing, the next revision of its paper.

        Returns:
            revised; exact where the paper has gone on since, or this was committed already; None
            where it must wait until the revision that it follows is committed.

        Raises:
            Stale: see ``claim``.
            Retryable: the server is away.
        """
        async with translated():
            status, *answers = await self._amend(
                keys=[self._prefix],
                args=[
                    mark,
                    self._buckets,
                    amendment.claim.packed(),
                    bytes.fromhex(amendment.paper_id),
                    amendment.follows,
                ],
            )
        if status != b"OK":
            raise Stale("the index has had another lifetime since it was learned")
        return answer(answers[0]) if answers else None

    async def release(self, mark: str, paper: Owned) -> None:
        """Give up a claim whose record will never be emitted.

        That of another owner stays, and one of a record that its lane has passed or that was read
        from ``unique``.

        Raises:
            Stale: see ``claim``.
            Retryable: the server is away.
        """
        async with translated():
            status = await self._release(
                keys=[self._prefix], args=[mark, self._buckets, paper.packed()]
            )
        if status != b"OK":
            raise Stale("the index has had another lifetime since it was learned")

    async def passed(self, lane: int) -> int:
        """Give the highest offset that a lane is known to have committed."""
        async with translated():
            # A cast: the client's answer depends on an option of its connection.
            offset = cast(
                "bytes | None", await self._client.hget(self._prefix + "committed", str(lane))
            )
        return int(offset or 0)

    async def forget(self) -> None:
        """Have the index made anew from the log's start; safe at any time."""
        async with translated():
            await self._client.delete(self._prefix + "mark", self._prefix + "lineage")

    async def lock(self) -> Lock | None:
        """Take the right to catch up; None while somebody else has it, or just made use of it."""
        token = secrets.token_hex(16)
        async with translated():
            lifetime = await self._lock(keys=[self._prefix], args=[token, LOCK_MS])
        return Lock(token, lifetime.decode()) if lifetime else None

    async def lineage(self) -> str | None:
        """Give the lineage that the index is of, or None for an empty one."""
        async with translated():
            (lineage,) = await self._strings("lineage")
        return lineage

    async def wipe(self, lock: Lock, lineage: str) -> None:
        """Drop all that the index holds, in steps, and give it a new lineage with the last.

        Raises:
            Stale: see ``restore``.
        """
        cursor = b"0"
        while True:
            async with translated():
                cursor = await self._wipe(
                    keys=[self._prefix],
                    args=[lock.token, lock.lifetime, LOCK_MS, cursor, WIPE_KEYS, lineage],
                )
            if cursor == b"STALE":
                raise Stale("the lock of the catch-up was lost")
            if cursor == b"0":
                return

    async def checkpoint(self) -> dict[int, int]:
        """Give the offsets of ``unique`` by partition below which all is in the index."""
        async with translated():
            # A cast: the client's answer depends on an option of its connection.
            held = cast(
                "dict[bytes, bytes]", await self._client.hgetall(self._prefix + "checkpoint")
            )
        return {int(partition): int(offset) for partition, offset in held.items()}

    async def restore(
        self,
        lock: Lock,
        papers: Sequence[Emitted],
        *,
        checkpoint: Mapping[int, int] | None = None,
        done: bool = False,
    ) -> None:
        """Give papers their owners where they have none, note that they are out, renew the lock.

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
        async with translated():
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
        if (policy := info["maxmemory_policy"]) != NO_EVICTION:
            raise Fatal(
                f"Redis would drop papers when its memory is full (maxmemory-policy {policy}); "
                f"set maxmemory-policy to {NO_EVICTION}",
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
    async with connected(settings) as client:
        yield RedisIndex(
            client,
            namespace=section.namespace,
            capacity=section.capacity,
            binding=binding,
            revises=section.revisions == "emit",
        )
