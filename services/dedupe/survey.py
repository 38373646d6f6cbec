"""What the index tells of itself, read beside the protocol: it writes nothing and stops nobody."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import redis.asyncio as redis
from redis.exceptions import ResponseError

from services.dedupe.claims import Claim, Emitted, Owned
from services.dedupe.entry import Entry, Found, entry, wording_of
from services.dedupe.index import buckets_of, prefix_of
from services.dedupe.server import NO_EVICTION, connected, script, translated
from services.dedupe.settings import DedupeSection, RedisSettings
from services.dedupe.signature import SIGNATURE_BYTES

SCAN_KEYS = 1_000
"""Keys looked at in one step: about a millisecond of the server."""

ID = re.compile("[0-9a-f]{32}")

FLAT = b"listpack"
FLAT_ENTRIES = "hash-max-listpack-entries"


@dataclass(frozen=True, slots=True)
class Counts:
    """Wordings in the index, as the scripts count them: exact."""

    papers: int
    aliases: int
    revisions: int

    @property
    def wordings(self) -> int:
        return self.papers + self.aliases + self.revisions


@dataclass(slots=True)
class Buckets:
    """A sample of the hashes of one kind; those that hold nothing are no keys, and not in it."""

    sampled: int = 0
    entries: int = 0
    largest: int = 0
    flat: int = 0
    size_bytes: int = 0

    def add(self, entries: int, size_bytes: int, encoding: bytes) -> None:
        self.sampled += 1
        self.entries += entries
        self.largest = max(self.largest, entries)
        self.flat += encoding == FLAT
        self.size_bytes += size_bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """Buckets of records and of keys, as they came; ``whole`` where these are all."""

    records: Buckets
    keys: Buckets
    whole: bool


@dataclass(frozen=True, slots=True)
class Server:
    """What the server says; 0 bytes at most is no bound, and None is not told.

    ``evicts`` where it may drop papers when its memory is full.
    """

    used_bytes: int
    most_bytes: int
    evicts: bool
    flat_entries: int | None


class Survey:
    """Reads one namespace."""

    def __init__(self, client: redis.Redis, *, namespace: str, capacity: int) -> None:
        self._client = client
        self._prefix = prefix_of(namespace)
        self._buckets = buckets_of(capacity)
        self._look = client.register_script(script("look.lua"))

    async def counts(self) -> Counts:
        """Give how many wordings there are."""
        held = await self._numbers("counts")
        return Counts(*(held.get(kind, 0) for kind in ("papers", "aliases", "revisions")))

    async def committed(self) -> dict[int, int]:
        """Give the offset that each lane is known to have committed."""
        return {int(lane): offset for lane, offset in (await self._numbers("committed")).items()}

    async def server(self) -> Server:
        """Give what the server says of its memory."""
        async with translated():
            info: dict[str, Any] = await self._client.info("memory")
            try:
                told = await self._client.config_get(FLAT_ENTRIES)
            except ResponseError:
                told = {}  # A hosted server keeps its settings to itself.
        flat_entries = told.get(FLAT_ENTRIES)
        return Server(
            used_bytes=info["used_memory"],
            most_bytes=info["maxmemory"],
            evicts=info["maxmemory_policy"] != NO_EVICTION,
            flat_entries=None if flat_entries is None else int(flat_entries),
        )

    async def sample(self, keys: int) -> Sample:
        """Look at so many buckets, or at all where there are no more."""
        records, others, seen = Buckets(), Buckets(), 0
        async for names in self._scan("[rb]*"):
            async with translated(), self._client.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.hlen(name)
                    pipeline.memory_usage(name, samples=0)
                    pipeline.object("ENCODING", name)
                told = await pipeline.execute()
            for name, *facts in zip(names, told[::3], told[1::3], told[2::3], strict=True):
                if facts[1] is not None:
                    kind = records if name.startswith(self._name("r")) else others
                    kind.add(*facts)
            seen += len(names)
            if seen >= keys:
                return Sample(records, others, whole=False)
        return Sample(records, others, whole=True)

    async def entries(self) -> AsyncGenerator[Sequence[Entry], None]:
        """Yield what the index holds, in no order; one that stays all the while comes for sure."""
        async for names in self._scan("r*"):
            async with translated(), self._client.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.hgetall(name)
                buckets: list[dict[bytes, bytes]] = await pipeline.execute()
            yield [
                entry(wording_of(field, record), record)
                for bucket in buckets
                for field, record in bucket.items()
            ]

    async def entry(self, wording_id: str) -> Entry | None:
        """Give what the index has of a wording; None, too, where it is no id."""
        if not ID.fullmatch(wording_id):
            return None
        unsigned = Claim(Owned(wording_id, 0, 0), bytes(SIGNATURE_BYTES))
        (found,) = await self.look([Emitted(unsigned, wording_id, 0)])
        return found.entry

    async def look(self, papers: Sequence[Emitted]) -> Sequence[Found]:
        """Give what the index has of records of ``unique``."""
        async with translated():
            told = await self._look(
                keys=[self._prefix],
                args=[self._buckets, b"".join(paper.packed() for paper in papers)],
            )
        return [
            Found(
                _read(emitted.claim.owned.wording_id, record), _read(emitted.paper_id, paper), lost
            )
            for emitted, (record, paper, lost) in zip(papers, told, strict=True)
        ]

    async def _scan(self, pattern: str) -> AsyncIterator[list[bytes]]:
        cursor = 0
        while True:
            async with translated():
                # A cast: the client's answer depends on an option of its connection.
                cursor, found = cast(
                    "tuple[int, list[bytes]]",
                    await self._client.scan(cursor, match=self._prefix + pattern, count=SCAN_KEYS),
                )
            if names := [name for name in found if name[len(self._prefix) + 1 :].isdigit()]:
                yield names
            if not cursor:
                return

    async def _numbers(self, name: str) -> Mapping[str, int]:
        async with translated():
            # A cast: the client's answer depends on an option of its connection.
            held = cast("dict[bytes, bytes]", await self._client.hgetall(self._prefix + name))
        return {field.decode(): int(value) for field, value in held.items()}

    def _name(self, rest: str) -> bytes:
        return (self._prefix + rest).encode()


def _read(wording_id: str, record: bytes | None) -> Entry | None:
    return None if record is None else entry(wording_id, record)


@asynccontextmanager
async def open_survey(settings: RedisSettings, section: DedupeSection) -> AsyncIterator[Survey]:
    """Give the survey of the namespace; its connections are closed at the end."""
    async with connected(settings) as client:
        yield Survey(client, namespace=section.namespace, capacity=section.capacity)
