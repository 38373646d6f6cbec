from __future__ import annotations

import itertools
from collections import Counter

from services.cli.load_flow import Mix, flow
from services.common.outcomes import header
from services.common.reader import read


async def test_the_pages_of_a_seed_arrive_each_on_its_sources_partition(world):
    fed = await world.run_json("load", "--papers", "2000", "--rate", "4000", "--seed", "11")
    name = world.cluster.full_name("pages")
    found = [record async for batch in read(world.cluster.clients, name) for record in batch]
    meant = list(itertools.islice(flow(Mix(seed=11)), 100))
    assert Counter((one.key, one.value) for one in found) == Counter(
        (page.source.encode(), page.body) for page in meant
    )
    partitions = {(one.key, one.partition) for one in found}
    assert len(partitions) == len({key for key, _ in partitions})
    assert all(header(one, "ce_source") == one.key for one in found)
    assert (fed["pages"], fed["papers"], fed["seed"]) == (100, 2000, 11)
    assert fed["seconds"] > 0.4


async def test_a_missing_topic_is_told_with_what_makes_it(world, monkeypatch):
    monkeypatch.setenv("HEADRACE_TOPICS__VERSION", "v9")
    result = await world.run("load", "--papers", "10")
    assert "headrace topics create" in str(result.exception)
