"""``headrace index`` on a real index: what is planted in it is found, and mended from the log."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import redis.asyncio as redis

from services.common import reader
from services.common.errors import Fatal
from services.common.identity import wording_id
from services.common.records import Paper
from services.common.settings import load
from services.common.topics import PAPERS, UNIQUE
from services.dedupe.app import index_of
from services.dedupe.entry import OUT
from services.dedupe.index import buckets_of, prefix_of
from services.dedupe.settings import DedupeSettings
from tests.dedupe_house import House
from tests.invented import paper

CAPACITY = 10_000
DISTINCT = 60
SEEN = (b"\x07" * 8, b"\x09" * 8)
"""The halves of a wording id that nobody listed."""


def copied(one: Paper) -> Paper:
    """Give a near copy: the same title, and one sentence more."""
    abstract = f"{one.abstract} Extended."
    return paper(
        "any", title=one.title, abstract=abstract, wording_id=wording_id(one.title, abstract)
    )


@dataclass
class Subject:
    """A dedupe, its index as it lies in the server, and the command."""

    house: House
    client: redis.Redis
    world: object

    @property
    def prefix(self) -> str:
        return prefix_of(self.house.settings.dedupe.namespace)

    def bucket(self, wording: bytes) -> str:
        return f"{self.prefix}r{int.from_bytes(wording[:4], 'big') % buckets_of(CAPACITY)}"

    async def records(self):
        """Give the records of unique as they lie in Kafka."""
        found = []
        async for batch in reader.read(self.house.clients, self.house.name(UNIQUE)):
            found += batch
        return found

    async def verified(self, *options: str):
        result = await self.world.run("index", "verify", "--json", *options)
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture
async def subject(world, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Subject]:
    for name, value in {
        "REDIS__URL": redis_url,
        "DEDUPE__NAMESPACE": uuid.uuid4().hex,
        "DEDUPE__CAPACITY": str(CAPACITY),
        "STREAM__POLL_SECONDS": "0.05",
        "STREAM__IDLE_SECONDS": "0.1",
    }.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    async with redis.Redis.from_url(redis_url) as client:
        yield Subject(House(load(DedupeSettings)), client, world)


async def fill(house: House) -> None:
    """Have papers deduplicated, each with an exact and a near copy."""
    listed = [paper(number) for number in range(DISTINCT)]
    await house.feed(listed)
    await house.sighted(DISTINCT)
    await house.idle()
    await house.feed([*listed, *map(copied, listed)])
    assert await house.sighted(3 * DISTINCT) == {
        "new": DISTINCT,
        "exact": DISTINCT,
        "near": DISTINCT,
    }
    await house.idle()


async def test_stats_tell_what_the_index_holds(subject: Subject) -> None:
    async with subject.house.running():
        await fill(subject.house)
    found = await subject.world.run_json("index", "stats")
    assert found["counts"] == {"papers": DISTINCT, "aliases": DISTINCT, "revisions": 0}
    assert found["capacity"] == {"wordings": CAPACITY, "share": 2 * DISTINCT / CAPACITY}
    assert found["mark"] is not None
    assert found["lineage"] == found["kafka_lineage"] is not None
    assert found["sampled_whole"] is True
    assert found["records"]["flat_share"] == found["keys"]["flat_share"] == 1.0
    assert 200 < found["memory"]["paper_bytes"] < 20_000
    assert [each["left"] for each in found["lanes"]] == [0, 0, 0, 0]
    # Nothing but transactions' markers is left.
    known = {each["partition"]: each["known"] for each in found["checkpoint"]}
    assert all(record.offset < known[record.partition] for record in await subject.records())
    assert all(each["known"] <= each["actual"] for each in found["checkpoint"])
    shown = await subject.world.run("index", "stats")
    assert "10,000, 1.2% used" in shown.stdout


async def test_stats_of_an_index_that_is_not_there_say_so(subject: Subject) -> None:
    shown = await subject.world.run("index", "stats")
    assert shown.exit_code == 0, shown.output
    assert "to be caught up before the next claim" in shown.stdout


async def test_an_index_as_dedupe_left_it_agrees_there_and_back(subject: Subject) -> None:
    async with subject.house.running():
        await fill(subject.house)
        status, found = await subject.verified()
    assert (status, found["agrees"]) == (0, True)
    assert (found["read"], found["looked_for"]) == (DISTINCT, DISTINCT)


async def test_a_sample_smaller_than_the_topic_is_read_in_runs_and_not_back(
    subject: Subject,
) -> None:
    async with subject.house.running():
        await fill(subject.house)
    status, found = await subject.verified("--sample", "20")
    assert (status, found["looked_for"]) == (0, None)
    assert 10 <= found["read"] < DISTINCT


async def test_verify_names_what_is_missing_wrong_and_too_much_and_rebuild_mends_it(
    subject: Subject,
) -> None:
    async with subject.house.running():
        await fill(subject.house)
    missing, wrong, *_ = await subject.records()
    ids = [bytes.fromhex(record.key.decode()) for record in (missing, wrong)]
    await subject.client.hdel(subject.bucket(ids[0]), ids[0][:8])
    held = await subject.client.hget(subject.bucket(ids[1]), ids[1][:8])
    owner = (77).to_bytes(2, "big") + (4_711).to_bytes(8, "big")
    changed = held[:8] + owner + held[18:]
    await subject.client.hset(subject.bucket(ids[1]), ids[1][:8], changed)
    owner = (3).to_bytes(2, "big") + (OUT | 815).to_bytes(8, "big")
    added = SEEN[1] + owner + held[18:]
    await subject.client.hset(subject.bucket(SEEN[0]), SEEN[0], added)

    status, found = await subject.verified("--all")
    assert (status, found["agrees"]) == (1, False)
    papers = subject.house.name(PAPERS)
    told = {each["place"]: each["what"] for each in found["findings"]}
    at = [f"{record.topic}/{record.partition}/{record.offset}" for record in (missing, wrong)]
    assert set(told) == {*at, f"{papers}/3/815"}
    assert told[at[0]] == f"wording {ids[0].hex()} is not in the index"
    assert "has 77/4711 of papers for its owner, not" in told[at[1]]
    assert b"".join(SEEN).hex() in told[f"{papers}/3/815"]
    shown = await subject.world.run("index", "verify", "--all")
    assert "The index does NOT agree." in shown.stdout

    result = await subject.world.run("index", "rebuild", "--yes")
    assert result.exit_code == 0, result.output
    assert (await subject.verified("--all"))[0] == 0
    found = await subject.world.run_json("index", "stats")
    # A near copy is not on unique: the log knows of it again when it is listed again.
    assert found["counts"] == {"papers": DISTINCT, "aliases": 0, "revisions": 0}


async def test_an_index_is_made_anew_under_a_running_dedupe(subject: Subject) -> None:
    house = subject.house
    async with house.running():
        await fill(house)
        result = await subject.world.run("index", "rebuild", "--yes")
        assert result.exit_code == 0, result.output
        await house.feed([paper(number) for number in range(DISTINCT + 5)])
        found = await house.sighted(4 * DISTINCT + 5)
        assert found["new"] == DISTINCT + 5
    assert set((await house.uniques()).values()) == {1}
    assert (await subject.verified("--all"))[0] == 0


async def test_rebuild_waits_for_who_is_at_it_already(subject: Subject) -> None:
    async with subject.house.running():
        await fill(subject.house)
    async with index_of(subject.house.settings) as index:
        await index.forget()
        lock = await index.lock()
        assert lock is not None
        at_work = asyncio.create_task(subject.world.run("index", "rebuild", "--yes"))
        assert not (await asyncio.wait([at_work], timeout=2))[0]
        await index.restore(lock, (), done=True)
        result = await at_work
        assert result.exit_code == 0, result.output


async def test_rebuild_asks_first(subject: Subject) -> None:
    async with subject.house.running():
        await fill(subject.house)
    result = await subject.world.run("index", "rebuild", stdin=b"n\n")
    assert result.exit_code == 1
    assert "offsets of unique are read, about 1 s. Go on?" in result.output
    async with index_of(subject.house.settings) as index:
        assert await index.learn() is not None


async def test_what_is_being_caught_up_is_not_verified(subject: Subject) -> None:
    result = await subject.world.run("index", "verify")
    assert isinstance(result.exception, Fatal)
    assert "the index has no mark" in str(result.exception)


async def test_stats_of_the_stream_come_from_its_sightings(subject: Subject) -> None:
    async with subject.house.running():
        await fill(subject.house)
    found = await subject.world.run_json("stats")
    assert found["verdicts"] == {"new": DISTINCT, "exact": DISTINCT, "near": DISTINCT}
    assert (found["papers"], found["singletons"], found["unseen_share"]) == (DISTINCT, 0, 0)
    shown = await subject.world.run("stats")
    assert "The next one is unseen with a chance of 0.0%." in shown.stdout
