"""``headrace forget`` and ``headrace split`` on a running dedupe, with a real Kafka and Valkey."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.common.codec import decode
from services.common.errors import ExitStatus, Fatal
from services.common.identity import wording_id
from services.common.records import Kind, Paper
from services.common.settings import load
from services.common.topics import UNIQUE
from services.dedupe.app import index_of
from services.dedupe.claims import Claim, Owned, Report
from services.dedupe.settings import DedupeSettings
from services.dedupe.signature import signed
from tests.dedupe_house import House
from tests.invented import paper
from tests.pipeline import BANNER

WEIR = paper("weir")


def worded(abstract: str, **changes: object) -> Paper:
    """Give the weir's title with another abstract."""
    return paper(
        "any",
        title=WEIR.title,
        abstract=abstract,
        wording_id=wording_id(WEIR.title, abstract),
        **changes,
    )


NEAR = worded(f"{WEIR.abstract} Extended.")
REVISED = worded(f"{WEIR.abstract} Revised at length.", kind=Kind.REPLACE)


@pytest.fixture
async def house(world, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    for name, value in {
        "REDIS__URL": redis_url,
        "DEDUPE__NAMESPACE": uuid.uuid4().hex,
        "DEDUPE__CAPACITY": "10000",
        "STREAM__POLL_SECONDS": "0.05",
        "STREAM__IDLE_SECONDS": "0.1",
    }.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    house = House(load(DedupeSettings))
    async with house.running():
        yield house


async def feed(house: House, *papers: Paper, seen: int) -> None:
    """Feed papers of which so many are sighted in all by then."""
    await house.feed(papers)
    await house.sighted(seen)
    await house.idle()


async def emitted(house: House) -> list[tuple[str | None, int, tuple[str, ...]]]:
    """Give the title, revision and flags of what is on unique, by revision."""
    papers = [decode(value, Paper) for value in await house.read(UNIQUE)]
    ranked = sorted(papers, key=lambda each: each.revision)
    return [(each.title, each.revision, each.flags) for each in ranked]


async def agrees(world) -> None:
    result = await world.run("index", "verify", "--all")
    assert result.exit_code == 0, result.output
    # The papers came of no page, and there is no embed.
    printed = (await world.run("audit", "--json")).stdout
    # Dedupe runs in this process and may log meanwhile.
    audit = json.loads(printed[printed.index("{\n") :])
    off = {check["rule"] for check in audit["checks"] if check["findings"]}
    assert off == {"each record came of one that was committed"}


async def test_a_paper_is_taken_down_with_all_its_wordings_and_brought_back(
    world, house: House
) -> None:
    await feed(house, WEIR, seen=1)
    await feed(house, REVISED, seen=2)
    result = await world.run("forget", WEIR.wording_id, "--yes")
    assert result.exit_code == 0, result.output
    assert "2 wordings blank" in result.stdout
    blank = (None, 2, ("forgotten",)), (None, 3, ("forgotten",))
    assert (await emitted(house))[2:] == list(blank)

    await feed(house, WEIR, NEAR, worded("Another one.", kind=Kind.REPLACE), seen=5)
    assert len(await emitted(house)) == 4
    assert house.gauge("forgotten_sightings_total") == 3
    await agrees(world)

    result = await world.run("forget", WEIR.wording_id, "--undo")
    assert result.exit_code == 0, result.output
    assert (await emitted(house))[4] == (WEIR.title, 4, ())
    await feed(house, WEIR, seen=6)
    assert house.gauge("forgotten_sightings_total") == 3
    await agrees(world)


async def test_a_takedown_outlives_the_index(world, house: House) -> None:
    await feed(house, WEIR, seen=1)
    assert (await world.run("forget", WEIR.wording_id, "--yes")).exit_code == 0
    assert (await world.run("index", "rebuild", "--yes")).exit_code == 0
    await feed(house, WEIR, NEAR, seen=3)
    assert [revision for _, revision, _ in await emitted(house)] == [0, 1]
    assert house.gauge("forgotten_sightings_total") == 2
    await agrees(world)


async def test_what_was_not_taken_down_is_asked_about_first(world, house: House) -> None:
    await feed(house, WEIR, seen=1)
    result = await world.run("forget", WEIR.wording_id, stdin=b"n\n")
    assert result.exit_code == 1
    assert WEIR.title in result.stderr
    assert len(await emitted(house)) == 1


async def test_a_paper_that_is_not_out_yet_cannot_be_taken_down(world, house: House) -> None:
    await feed(house, WEIR, seen=1)
    late = paper("late")
    claim = Claim(Owned(late.wording_id, 3, 1_000_000), signed([late])[0])
    async with index_of(house.settings) as index:
        mark = await index.learn()
        assert mark is not None
        await index.claim(mark, Report(3, 0, {}), [claim])
    result = await world.run("forget", late.wording_id, "--yes")
    assert isinstance(result.exception, Fatal)
    assert result.exception.status == ExitStatus.TEMPORARY
    assert "is not on" in str(result.exception)


async def test_a_near_copy_is_split_off_for_good(world, house: House) -> None:
    await feed(house, WEIR, seen=1)
    await feed(house, NEAR, seen=2)
    result = await world.run("split", NEAR.wording_id)
    assert result.exit_code == 0, result.output
    assert await house.uniques() == {WEIR.wording_id: 1, NEAR.wording_id: 1}
    assert (await world.run("index", "rebuild", "--yes")).exit_code == 0
    await feed(house, WEIR, NEAR, seen=4)
    assert await house.uniques() == {WEIR.wording_id: 1, NEAR.wording_id: 1}
    await agrees(world)


async def test_words_that_kafka_has_no_more_come_from_a_saved_page(
    world, house: House, tmp_path: Path
) -> None:
    saved = tmp_path / "page.txt"
    saved.write_text(f"{BANNER}Subscribe{NEAR.title}\n{NEAR.abstract}\n")
    await feed(house, WEIR, seen=1)
    result = await world.run("split", NEAR.wording_id)
    assert isinstance(result.exception, Fatal)
    assert "--page" in str(result.exception)
    result = await world.run("split", NEAR.wording_id, "--page", str(saved))
    assert result.exit_code == 0, result.output
    assert (await house.uniques())[NEAR.wording_id] == 1


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("forget", "0" * 32, "--yes"), "the index knows no"),
        (("forget", "a title", "--yes"), "a paper id has 32 digits"),
        (("forget", NEAR.wording_id, "--yes"), f"a wording of paper {WEIR.wording_id}"),
        (("forget", WEIR.wording_id, "--undo"), "is not forgotten"),
        (("split", WEIR.wording_id), "is a paper of its own"),
        (("split", REVISED.wording_id), f"is revision 1 of paper {WEIR.wording_id}"),
        (("split", "0" * 32), "the words of"),
    ],
)
async def test_what_cannot_be_done_is_told(
    world, house: House, command: tuple[str, ...], told: str
) -> None:
    await feed(house, WEIR, seen=1)
    await feed(house, NEAR, REVISED, seen=3)
    result = await world.run(*command)
    assert isinstance(result.exception, Fatal)
    assert told in str(result.exception)
