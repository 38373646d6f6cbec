from __future__ import annotations

import asyncio

from services.common import groups

PAGE = ("pages", b"a page", [])


async def lag(world, stage):
    found = world.stages[stage]
    name = world.cluster.full_name(found.source)
    return await groups.lag(world.cluster.clients, found.group, name)


async def test_a_group_that_never_was_has_everything_left(world):
    await world.write(PAGE, PAGE)
    assert await lag(world, "ingest") == {0: 2, 1: 0, 2: 0, 3: 0}


async def test_lag_counts_to_the_committed_offset(world):
    await world.write(PAGE, PAGE, PAGE)
    await world.work("ingest", {0: 2})
    assert await lag(world, "ingest") == {0: 1, 1: 0, 2: 0, 3: 0}


async def test_lag_counts_the_marker_until_the_lane_has_passed_it(world):
    await world.work("ingest", {0: 0}, [("papers", b"{}", [])])
    await world.work("dedupe", {0: 1})
    assert (await lag(world, "dedupe"))[0] == 1
    await world.work("dedupe", {0: 2})
    assert (await lag(world, "dedupe"))[0] == 0


async def test_an_open_transaction_counts_as_left(world):
    commit = await world.work("ingest", {0: 0}, [("papers", b"{}", [])], end="open")
    assert (await lag(world, "dedupe"))[0] == 1
    await commit()
    assert (await lag(world, "dedupe"))[0] == 2


async def test_an_empty_stack_is_through(world):
    result = await world.run("drain", "--timeout", "20")
    assert result.exit_code == 0, result.output
    assert "Everything is through." in result.output


async def test_drain_tells_what_is_left_when_the_time_is_over(world):
    await world.write(PAGE, PAGE)
    result = await world.run("drain", "--timeout", "2")
    assert result.exit_code != 0
    assert "ingest has 2 offsets of pages left, dedupe was not looked at" in str(result.exception)


async def test_drain_waits_for_every_stage_in_turn(world):
    await world.write(PAGE)
    waiting = asyncio.create_task(world.run("drain", "--timeout", "30"))
    await world.work("ingest", {0: 1}, [("papers", b"{}", [])])
    await world.work("dedupe", {0: 2}, [("unique", b"{}", [])])
    assert not (await asyncio.wait([waiting], timeout=1))[0]
    await world.work("embed", {0: 2}, [("enriched", b"{}", [])])
    result = await waiting
    assert result.exit_code == 0, result.output
