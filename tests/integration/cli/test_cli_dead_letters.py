"""``headrace dead-letters`` on a real Kafka: listed, shown, sent back once, discarded."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from services.common import reader
from services.common.dead_letters import REDRIVEN, dead_letter
from services.common.errors import Fatal, Rejected
from services.common.outcomes import header
from tests.invented import Record

KILLS = 6
LETTERS = 2_000
SEED = 20260101


async def refuse(world, count: int, *, reason: str = "odd") -> None:
    """Put dead letters of pages on their topic."""
    producer = await world.cluster.clients.started(world.cluster.clients.producer)
    for number in range(count):
        page = Record(b"page %d" % number, b"key %d" % number, "t.pages", 0, number)
        message = dead_letter(page, Rejected(reason, "it is odd"), stage="ingest")
        await producer.send(
            world.cluster.full_name("dead-letter"),
            message.value,
            key=message.key,
            headers=list(message.headers),
        )
    await producer.stop()


async def on(world, topic: str):
    """Give the committed records of a topic."""
    found = []
    async for records in reader.read(world.cluster.clients, world.cluster.full_name(topic)):
        found += records
    return found


async def test_letters_are_listed_with_their_counts(world) -> None:
    await refuse(world, 3)
    await refuse(world, 2, reason="even")
    found = await world.run_json("dead-letters", "list")
    assert (found["open"], found["settled"]) == (5, 0)
    assert found["counts"][0] == {"stage": "ingest", "reason": "odd", "count": 3}
    shown = await world.run("dead-letters", "list", "--reason", "even")
    assert "2 open" in shown.stdout
    assert (await world.run_json("dead-letters", "list", "--since", "0m"))["open"] == 0


async def test_a_letter_is_shown_and_its_bytes_written(world, tmp_path: Path) -> None:
    await refuse(world, 2)
    result = await world.run("dead-letters", "show", "0/1", "--output", str(tmp_path / "page"))
    assert result.exit_code == 0, result.output
    assert "it is odd" in result.stdout
    assert (tmp_path / "page").read_bytes() == b"page 1"
    missing = await world.run("dead-letters", "show", "0/9")
    assert isinstance(missing.exception, Fatal)


async def test_letters_go_back_with_their_key_and_their_tries(world) -> None:
    await refuse(world, 3)
    result = await world.run("dead-letters", "redrive", "0/0", "0/2", "--yes")
    assert "2 letters redriven" in result.stdout
    pages = await on(world, "pages")
    assert sorted((page.key, page.value) for page in pages) == [
        (b"key 0", b"page 0"),
        (b"key 2", b"page 2"),
    ]
    assert {header(page, "headrace.attempts") for page in pages} == {b"1"}
    assert {header(page, REDRIVEN) for page in pages} == {b"0/0", b"0/2"}
    again = await world.run("dead-letters", "redrive", "--all", "--yes")
    assert "1 letter redriven" in again.stdout
    assert len(await on(world, "pages")) == 3


async def test_what_is_discarded_is_listed_no_more(world) -> None:
    await refuse(world, 2)
    await refuse(world, 1, reason="even")
    result = await world.run("dead-letters", "discard", "--reason", "odd", "--yes")
    assert "2 letters discarded" in result.stdout
    found = await world.run_json("dead-letters", "list")
    assert (found["open"], found["settled"]) == (1, 2)
    assert await on(world, "pages") == []


async def test_nothing_is_settled_that_was_not_named_or_confirmed(world) -> None:
    await refuse(world, 1)
    assert (await world.run("dead-letters", "redrive", "--yes")).exit_code == 2
    assert (await world.run("dead-letters", "redrive", "--all", stdin=b"n\n")).exit_code == 1
    assert (await world.run_json("dead-letters", "list"))["open"] == 1


async def test_a_redrive_that_is_killed_again_and_again_is_exactly_once(world) -> None:
    await refuse(world, LETTERS)
    command = [sys.executable, "-m", "services.cli", "dead-letters", "redrive", "--all", "--yes"]
    source, killed = random.Random(SEED), 0
    while killed < KILLS:
        child = subprocess.Popen(
            command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        before = len(await on(world, "pages"))
        while len(await on(world, "pages")) <= before and child.poll() is None:
            await asyncio.sleep(source.uniform(0, 0.05))
        killed += child.poll() is None
        child.kill()
        child.wait()
        if len(await on(world, "pages")) == LETTERS:
            break
    result = await world.run("dead-letters", "redrive", "--all", "--yes")
    assert result.exit_code == 0, result.output
    counted = Counter(page.value for page in await on(world, "pages"))
    assert (len(counted), set(counted.values())) == (LETTERS, {1})
    assert killed > 1
    assert json.loads((await world.run("dead-letters", "list", "--json")).stdout)["open"] == 0
