"""The commands of people, with what docs/security.md grants them: all of it, and nothing less."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from msgspec import structs

from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.codec import decode, encode
from services.common.dead_letters import dead_letter
from services.common.errors import Rejected
from services.common.identity import wording_id
from services.common.records import Sighting
from services.common.settings import STACK_OWNER
from services.common.topics import DEAD_LETTER, PAGES, PAPERS, SIGHTINGS
from services.dedupe.settings import RedisSettings
from services.local.rights import Grant
from services.local.secure_kafka import SecureKafka
from tests.invented import Record, paper
from tests.town import GRANTS, ROOT, Town, running

PAGE = min((ROOT / "deploy/demo/pages").glob("*.txt"))
PATIENCE_SECONDS = 60

Place = tuple[str, str]
"""A resource and its name, as docs/security.md has them."""


def granted(user: str) -> list[Grant]:
    return [grant for name, grant in GRANTS if name == user]


@pytest.fixture
async def town(secure_kafka: SecureKafka, redis_url: str) -> Town:
    """Give a town whose people show certificates: there may be as many of them as a test needs."""
    name = f"c{uuid.uuid4().hex[:10]}"
    town = Town(name, secure_kafka, RedisSettings(url=redis_url), secure_kafka.by_certificate)
    await town.allow(GRANTS)
    await create_topics(town.kafka(STACK_OWNER), town.topics)
    return town


async def run(town: Town, user: str, command: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(town.headrace, user, *command.split())


async def succeeds(town: Town, user: str, command: str) -> str:
    done = await run(town, user, command)
    assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
    return done.stdout


async def needs_each(town: Town, user: str, command: Callable[[Grant], str]) -> None:
    """See that whoever lacks one right of a user is refused the command that it is for."""
    for number, missing in enumerate(granted(user)):
        without = f"{user}-{number}"
        await town.allow((without, grant) for grant in granted(user) if grant != missing)
        refused = await run(town, without, command(missing))
        assert refused.returncode == 78, f"{missing}: {refused.stderr}{refused.stdout}"
        assert "docs/security.md" in refused.stderr, missing


async def test_who_feeds_needs_what_is_listed(town: Town) -> None:
    await succeeds(town, "feeder", f"feed {PAGE}")
    assert len(await town.records(PAGES)) == 1
    await needs_each(town, "feeder", lambda _: f"feed {PAGE}")


async def test_who_looks_needs_what_is_listed(town: Town) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for name in ("ingest", "dedupe", "embed"):
            await stack.enter_async_context(running(town.service(name)))
        await town.feed("feeder", PAGES, PAGE.read_bytes())
        await succeeds(town, "reader", "drain --timeout 90")
    for command in ("audit", "dead-letters list", "stats", "export --topic enriched"):
        await succeeds(town, "reader", command)
    await needs_each(town, "reader", lambda _: "audit")


async def test_who_takes_down_and_splits_needs_what_is_listed(town: Town) -> None:
    papers = [paper(f"{town.name} {number}") for number in range(8)]
    near = near_copy(papers[0].title, papers[0].abstract)
    papers.append(structs.replace(papers[0], wording_id=near[0], abstract=near[1]))
    left = iter(each.wording_id for each in papers[1:8])
    async with running(town.service("dedupe")):
        await town.feed(STACK_OWNER, PAPERS, *map(encode, papers))
        assert await verdicts(town, len(papers)) == [*["new"] * 8, "near"]
        first = next(left)
        await succeeds(town, "curator", f"forget --yes {first}")
        await succeeds(town, "curator", f"forget --undo {first}")

        def command(missing: Grant) -> str:
            # Words of what was merged are looked for where they were listed.
            if missing == Grant("topic", "literal", "listings.papers.v1", "Read"):
                return f"split {near[0]}"
            return f"forget --yes {next(left)}"

        await needs_each(town, "curator", command)
        await succeeds(town, "curator", f"split {near[0]}")


async def test_who_settles_dead_letters_needs_what_is_listed(town: Town) -> None:
    await refuse(town, "ingest", "dedupe", "ingest", "dedupe", "ingest")

    def command(missing: Grant) -> str:
        stage = {"listings.pages.v1": "ingest", "listings.papers.v1": "dedupe"}.get(missing.name)
        return f"dead-letters redrive --yes {f'--stage {stage}' if stage else '--all'}"

    await needs_each(town, "redriver", command)
    assert not await town.records(PAGES)
    assert not await town.records(PAPERS)
    await succeeds(town, "redriver", "dead-letters redrive --yes 0/0 0/1")
    await succeeds(town, "redriver", "dead-letters discard --yes --all")
    assert len(await town.records(PAGES)) == len(await town.records(PAPERS)) == 1
    told = json.loads(await succeeds(town, "reader", "dead-letters list --json"))
    assert (told["open"], told["settled"]) == (0, 5)


async def test_who_makes_topics_needs_what_is_listed(town: Town) -> None:
    new = replace(town, name=f"{town.name}x")
    await new.allow(GRANTS)
    await succeeds(new, "operator", "topics create")
    await needs_each(new, "operator", lambda _: "topics create")


def near_copy(title: str | None, abstract: str | None) -> tuple[str, str]:
    """Give the wording id and the abstract of a copy with one word more."""
    longer = f"{abstract} Extended."
    return wording_id(title, longer), longer


async def verdicts(town: Town, count: int) -> list[str]:
    """Wait for so many sightings, and give their verdicts."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found := await town.records(SIGHTINGS)) < count:
            await asyncio.sleep(0.1)
    return sorted((decode(each.value, Sighting).verdict.value for each in found), reverse=True)


async def refuse(town: Town, *stages: str) -> None:
    """Put dead letters of these stages on their topic."""
    clients = KafkaClients(town.kafka(STACK_OWNER))
    producer = await clients.started(clients.producer)
    for stage in stages:
        letter = dead_letter(Record(b"words", b"key"), Rejected("invented", "why"), stage=stage)
        name = town.topics.full_name(DEAD_LETTER)
        headers = list(letter.headers)
        await producer.send_and_wait(name, letter.value, key=letter.key, headers=headers)
    await producer.stop()
