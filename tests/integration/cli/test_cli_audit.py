from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from functools import partial

import msgspec
import pytest

from services.cli import silent_pages
from services.common.codec import encode
from services.common.dead_letters import ITEM
from services.common.headers import INPUT, REFUSED
from services.common.records import Embedding, EnrichedPaper, Sighting, Verdict
from services.dedupe.emitting import OWNER
from services.ingest.layouts.table import LAYOUTS
from services.ingest.parsing import page_reading
from tests.invented import page, paper
from tests.invented_pages import EMPTY_LAYOUT, EMPTY_PAGE, lines_page, pairs

EMBEDDING = Embedding(
    model="m",
    model_revision="0",
    precision="fp32",
    dimensions=1,
    pooling="mean",
    normalized=True,
    max_tokens=256,
    tokens=3,
    truncated=False,
    provider="CPUExecutionProvider",
    vector="AACAPw==",
)
A, B = (
    msgspec.structs.replace(found, paper_id=found.wording_id)
    for found in (paper(seed, page=page(papers_on_page=2)) for seed in "ab")
)


class Books:
    """Writes what the stages would write of one page with two papers and one without any."""

    def __init__(self, world):
        self.world = world

    def came_of(self, stage, offset, name=INPUT):
        found = self.world.stages[stage]
        topic = self.world.cluster.full_name(found.source)
        return [(name, f"{found.group}/{topic}/0/{offset}".encode())]

    def papers(self):
        return [("papers", encode(each), self.came_of("ingest", 0)) for each in (A, B)]

    def refused_page(self):
        return ("dead-letter", b"", self.came_of("ingest", 1, REFUSED))

    def sighting(self, of, offset, verdict=Verdict.NEW):
        sighting = Sighting(
            paper_id=of.wording_id,
            wording_id=of.wording_id,
            verdict=verdict,
            similarity=1.0,
            page=of.page,
        )
        return ("sightings", encode(sighting), self.came_of("dedupe", offset))

    def unique(self, of, offset):
        owner = (OWNER, f"0:{offset}".encode())
        return ("unique", encode(of), [*self.came_of("dedupe", offset), owner])

    def enriched(self, of, offset):
        fields = msgspec.structs.asdict(of)
        value = EnrichedPaper(**fields, embedding=EMBEDDING, enriched_at=datetime.now(UTC))
        return ("enriched", encode(value), self.came_of("embed", offset))

    async def ingest(self):
        await self.world.write(("pages", b"two papers", []), ("pages", b"", []))
        await self.world.work("ingest", {0: 2}, [*self.papers(), self.refused_page()])

    async def dedupe(self):
        outputs = [
            each
            for at, p in enumerate((A, B))
            for each in (self.sighting(p, at), self.unique(p, at))
        ]
        await self.world.work("dedupe", {0: 3}, outputs)

    async def embed(self):
        await self.world.work("embed", {0: 3}, [self.enriched(A, 0), self.enriched(B, 1)])


@pytest.fixture
async def books(world):
    made = Books(world)
    await made.ingest()
    await made.dedupe()
    return made


def rules(result):
    return [check["rule"] for check in json.loads(result.stdout)["checks"] if check["findings"]]


async def test_the_ledger_of_complete_books_agrees(world, books):
    await books.embed()
    found = await world.run_json("audit")
    assert found["agrees"]
    assert found["records"] == {
        "pages": 2, "papers": 2, "unique": 2, "sightings": 2, "enriched": 2, "dead-letter": 1
    }  # fmt: skip
    assert found["verdicts"] == {"new": 2}
    assert found["dead_letters"] == {"ingest": 1, "dedupe": 0, "embed": 0}
    shown = await world.run("audit")
    assert shown.exit_code == 0
    assert "The ledger agrees." in shown.stdout


async def test_what_is_not_embedded_yet_waits(world, books):
    found = await world.run_json("audit")
    assert found["agrees"]
    assert found["waiting"] == {"ingest": 0, "dedupe": 0, "embed": 2}


async def test_a_lost_paper_is_found_and_told_where(world, books):
    await world.work("embed", {0: 3}, [books.enriched(A, 0)])
    result = await world.run("audit")
    assert result.exit_code == 1
    assert f"{world.cluster.full_name('unique')}/0/1" in result.stdout
    assert "gave 0 enriched papers and 0 dead letters" in result.stdout
    assert rules(await world.run("audit", "--json")) == [
        "each unique paper gave one enriched or dead letter"
    ]


async def test_a_doubled_paper_is_found(world, books):
    await books.embed()
    await world.work("embed", {0: 3}, [books.enriched(B, 1)])
    result = await world.run("audit", "--json")
    assert result.exit_code == 1
    assert "each revision is on enriched once" in rules(result)


async def test_a_dangling_sighting_is_found(world, books):
    await books.embed()
    stranger = books.sighting(paper("stranger"), 1, Verdict.EXACT)
    await world.work("dedupe", {0: 3}, [stranger])
    result = await world.run("audit", "--json")
    assert result.exit_code == 1
    assert "each sighting's paper is on unique" in rules(result)


async def test_a_page_of_which_nothing_came_is_read_again(world, books):
    await books.embed()
    await world.write(("pages", lines_page(pairs(3)).encode(), []))
    await world.work("ingest", {0: 3})
    result = await world.run("audit")
    assert result.exit_code == 1
    assert f"{world.cluster.full_name('pages')}/0/2" in result.stdout
    assert "gave 0 papers, 0 bad items and 0 dead letters" in result.stdout


async def test_a_page_that_lists_nothing_is_not_lost(world, monkeypatch):
    monkeypatch.setattr(
        silent_pages, "page_reading", partial(page_reading, layouts=(*LAYOUTS, EMPTY_LAYOUT))
    )
    await world.write(("pages", EMPTY_PAGE, []))
    await world.work("ingest", {0: 1})
    found = await world.run_json("audit")
    assert found["agrees"]
    assert (found["records"]["pages"], found["records"]["dead-letter"]) == (1, 0)


async def test_a_page_that_gave_papers_and_bad_items_is_whole(world):
    item = ("dead-letter", b"[]", [*Books(world).came_of("ingest", 0, REFUSED), (ITEM, b"3")])
    await world.write(("pages", b"two papers and a bad item", []))
    await world.work("ingest", {0: 1}, [*Books(world).papers(), item])
    found = await world.run_json("audit")
    assert found["agrees"]
    assert found["dead_letters"]["ingest"] == 1


async def test_records_of_an_aborted_transaction_do_not_count(world, books):
    await books.embed()
    await world.work("embed", {}, [books.enriched(A, 0)], end="open")
    # The next start of the same producer fences it, and aborts what it had open.
    await world.work("embed", {0: 3})
    assert (await world.run_json("audit"))["records"]["enriched"] == 2


async def test_the_audit_waits_for_a_transaction_that_is_open(world, books):
    commit = await world.work(
        "embed", {0: 3}, [books.enriched(A, 0), books.enriched(B, 1)], end="open"
    )
    auditing = asyncio.create_task(world.run_json("audit"))
    assert not (await asyncio.wait([auditing], timeout=3))[0]
    await commit()
    found = await auditing
    assert found["agrees"]
    assert found["records"]["enriched"] == 2


async def test_an_empty_stack_agrees(world):
    assert (await world.run_json("audit"))["agrees"]


async def test_what_became_of_a_page_is_traced_through_all_stages(world, books):
    await books.embed()
    (page,) = await world.run_json("trace", "pages/0/0")
    assert [each["topic"] for each in page["gave"]] == ["papers", "papers"]
    first = page["gave"][0]
    assert [each["topic"] for each in first["gave"]] == ["sightings", "unique"]
    assert first["gave"][0]["verdict"] == "new"
    assert [each["topic"] for each in first["gave"][1]["gave"]] == ["enriched"]
    (paper,) = await world.run_json("trace", A.wording_id)
    assert paper == first
    shown = await world.run("trace", world.cluster.full_name("papers") + "/0/1")
    assert shown.stdout.count("/0/1") == 4
    missing = await world.run("trace", "pages/0/99")
    assert "nothing of pages/0/99" in str(missing.exception)
