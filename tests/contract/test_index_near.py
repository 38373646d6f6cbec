"""Which records are the same paper: the same for the real index and for its model in Python."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.common.identity import wording_id
from services.common.records import Kind, Paper, Verdict
from services.dedupe.claims import Amendment, Answer, Claim, Emitted, Owned, Report
from services.dedupe.entry import Entry
from services.dedupe.index import RedisIndex, open_index
from services.dedupe.settings import DedupeSection, RedisSettings
from services.dedupe.signature import FORGETS, STANDS_ALONE, marked, signed
from services.dedupe.survey import Survey, open_survey
from services.local.valkey import ValkeyServer
from tests.fake_index import FakeIndex
from tests.invented import paper as invented

Index = RedisIndex | FakeIndex

TIDES = (
    "We measure how far tides carry the seeds of mangroves along fourteen coasts of the southern "
    "ocean, and find that most of them land within a day of where they fell. A few drift for weeks "
    "and settle on islands that no other plant of the shore has reached. A model of currents and "
    "of the age at which a seed sinks explains nine tenths of what we saw, without any free "
    "parameter."
)
TITLE = "How Far Do Tides Carry the Seeds of Mangroves"
OTHER = (
    "Compilers move loads and stores past one another as long as one thread cannot tell. We give a "
    "formal account of which of these moves a second thread can see on five processors, prove that "
    "three optimisations of two widely used compilers are wrong by it, and measure what the fences "
    "that mend them cost in a database, a browser and a kernel under load: less than two per cent."
)


def listed(title: str | None, abstract: str | None, **more: object) -> Paper:
    """Give a paper as ingest would."""
    base = invented("any")
    fields: dict[str, object] = {
        "title": title,
        "abstract": abstract,
        "wording_id": wording_id(title, abstract),
        "arxiv_id": None,
        "doi": None,
        "flags": (),
        **more,
    }
    return Paper(**{name: getattr(base, name) for name in Paper.__struct_fields__} | fields)  # type: ignore[arg-type]


def claimed(one: Paper, offset: int, partition: int = 0) -> Claim:
    return Claim(Owned(one.wording_id, partition, offset), signed([one])[0])


@dataclass
class Lanes:
    """An index under one mark; each claim is a batch of its own, and is committed at once."""

    index: Index
    mark: str

    async def see(self, one: Paper, offset: int, partition: int = 0) -> Answer | None:
        """Claim a paper; None where it has to wait."""
        report = Report(partition, offset, {})
        found = await self.index.claim(self.mark, report, [claimed(one, offset, partition)])
        return found[0] if found else None

    async def committed(self, partition: int, offset: int) -> None:
        await self.index.claim(self.mark, Report(partition, offset, {}), ())

    async def verdicts(self, *papers: Paper) -> list[Verdict]:
        """Give the verdicts on papers, one after the other in one lane."""
        found = [await self.see(one, offset) for offset, one in enumerate(papers)]
        return [each.verdict for each in found if each is not None]


async def caught_up(index: Index) -> Lanes:
    lock = await index.lock()
    assert lock is not None
    await index.restore(lock, (), done=True)
    return Lanes(index, await index.learn() or "")


@pytest.fixture(params=["real", "fake"])
async def lanes(request: pytest.FixtureRequest, valkey: ValkeyServer) -> AsyncIterator[Lanes]:
    if request.param == "fake":
        yield await caught_up(FakeIndex())
        return
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as index:
        yield await caught_up(index)


NEW, EXACT, NEAR, REVISED = Verdict.NEW, Verdict.EXACT, Verdict.NEAR, Verdict.REVISED

ROWS = {
    "the same words": (listed(TITLE, TIDES), listed(TITLE.upper(), f" {TIDES} "), EXACT),
    "the same arXiv id with other words": (
        listed(TITLE, TIDES, arxiv_id="2601.00001"),
        listed("Another Title Altogether for It", OTHER, arxiv_id="2601.00001"),
        NEAR,
    ),
    "the same DOI with other words": (
        listed(TITLE, TIDES, doi="10.1234/abc"),
        listed("Another Title Altogether for It", OTHER, doi="10.1234/ABC"),
        NEAR,
    ),
    "near wording": (listed(TITLE, TIDES), listed(TITLE, TIDES.replace("islands", "isles")), NEAR),
    "the same title with another abstract": (listed(TITLE, TIDES), listed(TITLE, OTHER), NEAR),
    "the same title but for a venue's note": (
        listed(TITLE, TIDES),
        listed(f"{TITLE} (Extended Abstract)", OTHER),
        NEAR,
    ),
    "a typing error in the title": (
        listed(TITLE, TIDES),
        listed(TITLE.replace("Mangroves", "Mangrovs"), TIDES),
        NEAR,
    ),
    "a title that contains the other": (
        listed(TITLE, TIDES),
        listed(f"{TITLE} Really", TIDES.replace("weeks", "months").replace("a day", "an hour")),
        NEAR,
    ),
    "a title of three words with another abstract": (
        listed("Seeds of Mangroves", TIDES),
        listed("Seeds of Mangroves", OTHER),
        NEW,
    ),
    "no title": (listed(TITLE, TIDES), listed(None, TIDES), NEAR),
    "no abstract, listed after it": (listed(TITLE, TIDES), listed(TITLE, None), NEAR),
    "title only first and the abstract later": (
        listed(TITLE, None),
        listed(TITLE, TIDES),
        REVISED,
    ),
    "cut first and whole later": (
        listed(TITLE, TIDES[:250] + "...", flags=("abstract_truncated",)),
        listed(TITLE, TIDES),
        REVISED,
    ),
    "whole first and cut later": (
        listed(TITLE, TIDES),
        listed(TITLE, TIDES[:250] + "...", flags=("abstract_truncated",)),
        NEAR,
    ),
    "a replaced version": (
        listed(TITLE, TIDES, arxiv_id="2601.00001"),
        listed(TITLE, OTHER, arxiv_id="2601.00001", kind=Kind.REPLACE),
        REVISED,
    ),
    "fewer than 20 words alike but for one": (
        listed("Tide Seeds", "Short notes on how tides carry seeds."),
        listed("Tide Seed", "Short notes on how tides carry seeds."),
        NEW,
    ),
    "a template with another number in title and text": (
        listed("What 3 Winters Tell Us About Kelp", TIDES.replace("fourteen", "three")),
        listed("What 11 Winters Tell Us About Kelp", TIDES.replace("a day", "a week")),
        NEW,
    ),
    "a second part": (
        listed("Tides and Mangroves, Part One", TIDES),
        listed(
            "Tides and Mangroves, Part Two",
            TIDES.replace("seeds", "roots").replace("weeks", "months").replace("a day", "an hour"),
        ),
        NEW,
    ),
    "a second part in nearly the same words": (
        listed(f"{TITLE}, Part One", TIDES),
        listed(f"{TITLE}, Part Two", TIDES.replace("islands", "isles")),
        NEW,
    ),
    "next year's meeting in the same words": (
        listed("Proceedings of the Meeting on Mangroves, 2030", TIDES),
        listed("Proceedings of the Meeting on Mangroves, 2031", TIDES),
        NEW,
    ),
    "a sequel whose title says no more": (
        listed(TITLE, TIDES),
        listed(f"{TITLE}: Revisited", TIDES.replace("weeks", "months")),
        NEW,
    ),
    "a sequel with a new title": (
        listed("Seeds on the Tide: A First Year of Drift", TIDES),
        listed("What the Roots Remember After Storms", TIDES.replace("seeds", "roots")),
        NEW,
    ),
    "a template with another abstract under an empty title": (
        listed(None, TIDES),
        listed(None, OTHER),
        NEW,
    ),
}


@pytest.mark.parametrize("row", ROWS)
async def test_which_records_are_the_same_paper(lanes: Lanes, row: str) -> None:
    first, second, verdict = ROWS[row]
    assert await lanes.verdicts(first, second) == [NEW, verdict]


async def test_a_near_copy_has_the_paper_id_and_how_alike_it_is(lanes: Lanes) -> None:
    first, second, _ = ROWS["near wording"]
    await lanes.see(first, 0)
    near = await lanes.see(second, 1)
    assert near is not None
    assert (near.verdict, near.paper_id) == (NEAR, first.wording_id)
    assert 0.9 < near.similarity < 1.0


async def test_a_near_copy_that_comes_again_is_near_again_until_it_is_committed(
    lanes: Lanes,
) -> None:
    first, second, _ = ROWS["near wording"]
    await lanes.see(first, 0)
    near = await lanes.see(second, 7, partition=0)
    assert await lanes.see(second, 7) == near
    await lanes.committed(0, 8)
    again = await lanes.see(second, 7)
    assert again is not None
    assert again.verdict is EXACT


async def test_a_near_copy_waits_for_a_paper_of_another_lane_and_is_not_touched(
    lanes: Lanes,
) -> None:
    first, second, _ = ROWS["near wording"]
    other = listed("Which Moves of a Compiler Can Be Seen", OTHER)
    await lanes.see(first, 3, partition=1)
    batch = [claimed(other, 0), claimed(second, 1), claimed(listed("A Later One", None), 2)]
    found = await lanes.index.claim(lanes.mark, Report(0, 0, {}), batch)
    assert [each.verdict for each in found] == [NEW]
    await lanes.committed(1, 4)
    found = await lanes.index.claim(lanes.mark, Report(0, 1, {}), batch[1:])
    assert [each.verdict for each in found] == [NEAR, NEW]


async def test_a_revision_waits_until_what_it_revises_is_committed(lanes: Lanes) -> None:
    bare, whole, _ = ROWS["title only first and the abstract later"]
    batch = [claimed(bare, 0), claimed(whole, 1)]
    found = await lanes.index.claim(lanes.mark, Report(0, 0, {}), batch)
    assert [each.verdict for each in found] == [NEW]
    revised = await lanes.see(whole, 1)
    assert revised is not None
    assert (revised.verdict, revised.paper_id, revised.revision) == (
        REVISED,
        bare.wording_id,
        1,
    )
    # Again, until it is committed; and a next one waits for it.
    assert await lanes.see(whole, 1) == revised
    replaced = listed(TITLE, OTHER, kind=Kind.REPLACE)
    assert await lanes.see(replaced, 0, partition=1) is None
    await lanes.committed(0, 2)
    second = await lanes.see(replaced, 0, partition=1)
    assert second is not None
    assert (second.verdict, second.revision) == (REVISED, 2)


async def test_a_revised_paper_is_found_by_its_latest_words(lanes: Lanes) -> None:
    bare, whole, _ = ROWS["title only first and the abstract later"]
    untitled = listed(None, TIDES)
    assert await lanes.verdicts(bare, whole, untitled) == [NEW, REVISED, NEAR]


async def test_a_new_paper_names_those_that_are_much_alike(lanes: Lanes) -> None:
    sequel = listed("What the Roots Remember After Storms", TIDES.replace("seeds", "roots"))
    first = listed("Seeds on the Tide: A First Year of Drift", TIDES)
    await lanes.see(first, 0)
    found = await lanes.see(sequel, 1)
    assert found is not None
    assert found.verdict is NEW
    assert [each.paper_id for each in found.related] == [first.wording_id]
    assert found.related[0].similarity > 0.5
    # As long as it is not committed it may come again, and is the same.
    assert await lanes.see(sequel, 1) == found


async def test_a_paper_that_is_given_up_is_nobodys_likeness(lanes: Lanes) -> None:
    first, second, _ = ROWS["near wording"]
    await lanes.see(first, 3, partition=1)
    await lanes.index.release(lanes.mark, Owned(first.wording_id, 1, 3))
    found = await lanes.see(second, 0)
    assert found is not None
    assert found.verdict is NEW
    third = await lanes.see(first, 1)
    assert third is not None
    assert (third.verdict, third.paper_id) == (NEAR, second.wording_id)


async def test_a_near_copy_whose_paper_was_given_up_is_claimed_anew(lanes: Lanes) -> None:
    first, second, _ = ROWS["near wording"]
    batch = [claimed(first, 0), claimed(second, 1)]
    for verdicts in ([NEW, NEAR], [NEW, NEAR]):
        found = await lanes.index.claim(lanes.mark, Report(0, 0, {}), batch)
        assert [each.verdict for each in found] == verdicts
    await lanes.index.release(lanes.mark, batch[0].owned)
    found = await lanes.index.claim(lanes.mark, Report(0, 1, {}), batch[1:])
    assert [(each.verdict, each.paper_id) for each in found] == [(NEW, second.wording_id)]
    again = await lanes.see(first, 2)
    assert again is not None
    assert (again.verdict, again.paper_id) == (NEAR, second.wording_id)


async def test_a_near_copy_whose_paper_went_to_another_lane_waits_for_that(lanes: Lanes) -> None:
    first, second, _ = ROWS["near wording"]
    batch = [claimed(first, 0), claimed(second, 1)]
    await lanes.index.claim(lanes.mark, Report(0, 0, {}), batch)
    await lanes.index.release(lanes.mark, batch[0].owned)
    await lanes.see(first, 5, partition=1)
    assert await lanes.see(second, 1) is None
    await lanes.committed(1, 6)
    near = await lanes.see(second, 1)
    assert near is not None
    assert (near.verdict, near.paper_id) == (NEAR, first.wording_id)


async def test_a_paper_further_on_in_the_own_lane_gives_way(lanes: Lanes) -> None:
    """The first record was a copy of what another lane had, and gave up."""
    first, second, _ = ROWS["near wording"]
    await lanes.see(first, 4, partition=1)
    batch = [claimed(first, 0), claimed(second, 1)]
    found = await lanes.index.claim(lanes.mark, Report(0, 0, {}), batch)
    assert [each.verdict for each in found] == [EXACT]
    await lanes.index.release(lanes.mark, Owned(first.wording_id, 1, 4))
    found = await lanes.index.claim(lanes.mark, Report(0, 0, {}), batch[1:])
    assert [each.verdict for each in found] == [NEW]
    found = await lanes.index.claim(lanes.mark, Report(0, 0, {}), batch)
    assert [(each.verdict, each.paper_id) for each in found] == [
        (NEW, first.wording_id),
        (NEAR, first.wording_id),
    ]
    await lanes.committed(0, 2)
    third = await lanes.see(listed(TITLE, OTHER), 7, partition=1)
    assert third is not None
    assert (third.verdict, third.paper_id) == (NEAR, first.wording_id)


async def test_a_paper_of_a_frozen_worker_further_on_stays(lanes: Lanes) -> None:
    """What the lane has passed already takes nothing from what it claims now."""
    first, second, _ = ROWS["near wording"]
    await lanes.committed(0, 3)
    await lanes.see(second, 5)
    found = await lanes.index.claim(lanes.mark, Report(0, 2, {}), [claimed(first, 2)])
    assert found == []
    again = await lanes.see(second, 5)
    assert again is not None
    assert again.verdict is NEW


async def test_a_revision_further_on_in_the_own_lane_is_not_waited_for(lanes: Lanes) -> None:
    """Its paper is out, and what comes before it is a near copy of that."""
    bare, whole, _ = ROWS["title only first and the abstract later"]
    await lanes.see(bare, 0, partition=1)
    await lanes.committed(1, 1)
    batch = [claimed(listed(TITLE, OTHER, kind=Kind.REPLACE), 4), claimed(whole, 5)]
    report = Report(0, 4, {})
    revised = await lanes.index.claim(lanes.mark, report, batch[1:])
    assert [each.verdict for each in revised] == [REVISED]
    found = await lanes.index.claim(lanes.mark, report, batch)
    assert [each.verdict for each in found] == [NEAR, REVISED]
    assert found[0].paper_id == bare.wording_id
    assert found[1:] == revised


async def test_an_abstract_that_was_given_up_counts_as_missing(lanes: Lanes) -> None:
    bare, whole, _ = ROWS["title only first and the abstract later"]
    await lanes.see(bare, 0)
    await lanes.see(whole, 1)
    await lanes.index.release(lanes.mark, Owned(whole.wording_id, 0, 1))
    again = await lanes.see(listed(TITLE, OTHER), 2)
    assert again is not None
    assert (again.verdict, again.paper_id) == (REVISED, bare.wording_id)


async def test_a_catch_up_knows_papers_by_their_words_and_revisions_by_their_paper(
    lanes: Lanes,
) -> None:
    bare, whole, _ = ROWS["title only first and the abstract later"]
    near = ROWS["near wording"][1]
    await lanes.index.forget()
    lock = await lanes.index.lock()
    assert lock is not None
    await lanes.index.wipe(lock, "anew")
    emitted = [
        Emitted(claimed(bare, 0), bare.wording_id, 0),
        Emitted(claimed(whole, 1), bare.wording_id, 1),
    ]
    await lanes.index.restore(lock, emitted)
    await lanes.index.restore(lock, emitted, done=True)
    lanes = Lanes(lanes.index, await lanes.index.learn() or "")
    # Rewound to 0: they are out.
    assert await lanes.verdicts(bare, whole, near) == [EXACT, EXACT, NEAR]
    replaced = await lanes.see(listed(TITLE, OTHER, kind=Kind.REPLACE), 3)
    assert replaced is not None
    assert (replaced.paper_id, replaced.revision) == (bare.wording_id, 2)


async def forgotten(lanes: Lanes, one: Paper, offset: int, *, follows: int = 0) -> Answer | None:
    """Take a paper down; committed at once."""
    claim = claimed(one, offset)
    claim = replace(claim, signature=marked(claim.signature, FORGETS))
    await lanes.committed(0, offset)
    return await lanes.index.amend(lanes.mark, Amendment(claim, one.wording_id, follows))


async def test_copies_of_a_paper_that_is_taken_down_are_told_as_such(lanes: Lanes) -> None:
    first, near, _ = ROWS["near wording"]
    replaced = listed(TITLE, OTHER, kind=Kind.REPLACE)
    await lanes.see(first, 0)
    taken = await forgotten(lanes, first, 1)
    assert taken is not None
    assert (taken.verdict, taken.paper_id, taken.revision) == (REVISED, first.wording_id, 1)
    found = [await lanes.see(one, at) for at, one in enumerate((first, near, near, replaced), 2)]
    assert [(each.verdict, each.forgotten) for each in found if each] == [
        (EXACT, True),
        (NEAR, True),
        (EXACT, True),
        (NEAR, True),
    ]


async def test_a_paper_that_is_taken_down_is_nobodys_relation(lanes: Lanes) -> None:
    first = listed("Seeds on the Tide: A First Year of Drift", TIDES)
    sequel = listed("What the Roots Remember After Storms", TIDES.replace("seeds", "roots"))
    await lanes.see(first, 0)
    await forgotten(lanes, first, 1)
    found = await lanes.see(sequel, 2)
    assert found is not None
    assert (found.verdict, found.related) == (NEW, ())


async def test_a_takedown_waits_until_the_paper_is_committed(lanes: Lanes) -> None:
    first, _, _ = ROWS["near wording"]
    await lanes.see(first, 5, partition=1)
    assert await forgotten(lanes, first, 0) is None
    await lanes.committed(1, 6)
    assert await forgotten(lanes, first, 0) is not None


async def test_a_takedown_of_what_has_gone_on_since_is_refused(lanes: Lanes) -> None:
    bare, whole, _ = ROWS["title only first and the abstract later"]
    assert await lanes.verdicts(bare, whole) == [NEW, REVISED]
    refused = await forgotten(lanes, bare, 2)
    assert refused == Answer(EXACT, bare.wording_id)
    taken = await forgotten(lanes, bare, 2, follows=1)
    assert taken is not None
    assert taken.revision == 2


async def test_a_takedown_is_emitted_again_until_it_is_committed(lanes: Lanes) -> None:
    first, _, _ = ROWS["near wording"]
    await lanes.see(first, 0)
    taken = await forgotten(lanes, first, 1)
    assert await forgotten(lanes, first, 1) == taken
    await lanes.committed(0, 2)
    assert await forgotten(lanes, first, 1) == Answer(EXACT, first.wording_id)


async def test_a_paper_that_is_brought_back_has_revisions_again(lanes: Lanes) -> None:
    first, near, _ = ROWS["near wording"]
    replaced = listed(TITLE, OTHER, kind=Kind.REPLACE)
    await lanes.see(first, 0)
    await forgotten(lanes, first, 1)
    await lanes.committed(0, 2)
    back = await lanes.index.amend(
        lanes.mark, Amendment(claimed(near, 2), first.wording_id, follows=1)
    )
    assert back is not None
    assert (back.verdict, back.revision) == (REVISED, 2)
    await lanes.committed(0, 3)
    copy, revision = await lanes.see(near, 3), await lanes.see(replaced, 4)
    assert copy is not None
    assert revision is not None
    assert (copy.verdict, copy.paper_id, copy.forgotten) == (EXACT, first.wording_id, False)
    assert (revision.verdict, revision.revision) == (REVISED, 3)


async def test_a_near_copy_that_is_split_off_is_a_paper_of_its_own(lanes: Lanes) -> None:
    first, near, _ = ROWS["near wording"]
    assert await lanes.verdicts(first, near) == [NEW, NEAR]
    await lanes.committed(0, 2)
    claim = claimed(near, 2)
    claim = replace(claim, signature=marked(claim.signature, STANDS_ALONE))
    report = Report(0, 2, {})
    (split,) = await lanes.index.claim(lanes.mark, report, [claim])
    assert (split.verdict, split.paper_id) == (NEW, near.wording_id)
    assert [each.paper_id for each in split.related] == [first.wording_id]
    assert await lanes.index.claim(lanes.mark, report, [claim]) == [split]
    copies = [await lanes.see(one, at) for at, one in enumerate((first, near), 3)]
    assert [(each.verdict, each.paper_id) for each in copies if each] == [
        (EXACT, first.wording_id),
        (EXACT, near.wording_id),
    ]


async def test_a_split_and_a_takedown_outlive_the_index(lanes: Lanes) -> None:
    first, near, _ = ROWS["near wording"]
    alone = replace(claimed(near, 1), signature=marked(signed([near])[0], STANDS_ALONE))
    down = replace(claimed(first, 2), signature=marked(signed([first])[0], FORGETS))
    # The index came back as it was before the split.
    assert await lanes.verdicts(first, near) == [NEW, NEAR]
    await lanes.index.forget()
    lock = await lanes.index.lock()
    assert lock is not None
    log = [Emitted(alone, near.wording_id, 0), Emitted(down, first.wording_id, 1)]
    await lanes.index.restore(lock, log, done=True)
    lanes = Lanes(lanes.index, await lanes.index.learn() or "")
    found = [await lanes.see(one, at) for at, one in enumerate((first, near), 5)]
    assert [(each.verdict, each.paper_id, each.forgotten) for each in found if each] == [
        (EXACT, first.wording_id, True),
        (EXACT, near.wording_id, False),
    ]


# Papers that are alike in every way that counts, and some that are not.
POOL = (
    *(one for first, second, _ in ROWS.values() for one in (first, second)),
    listed(TITLE, TIDES + " It holds in the north.", arxiv_id="2601.00001"),
    listed(TITLE, TIDES.replace("tides", "waves"), doi="10.1234/abc", kind=Kind.REPLACE),
)
SIGNED = tuple(zip(POOL, signed(POOL), strict=True))

papers = st.sampled_from(range(len(POOL)))
lane_numbers = st.integers(0, 2)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["claim", "claim", "split", "forget", "remember"]),
            lane_numbers,
            st.lists(papers, min_size=1, max_size=4),
        ),
        st.tuples(st.just("commit"), lane_numbers, st.just([])),
        st.tuples(st.just("give up"), lane_numbers, st.just([])),
        st.tuples(st.just("catch up"), lane_numbers, st.just([])),
    ),
    max_size=25,
)


class Driver:
    """Plays a sequence of steps on one index: each lane goes on with what it could not claim."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.position = [0, 0, 0]
        self.batches: list[list[Claim]] = [[], [], []]
        self.answered: list[list[Answer]] = [[], [], []]
        self.log: list[Emitted] = []

    async def step(self, kind: str, lane: int, chosen: list[int]) -> object:
        match kind:
            case "claim" | "split":
                return await self._claim(lane, chosen, alone=kind == "split")
            case "forget" | "remember":
                return await self._amend(lane, chosen[0], forgets=kind == "forget")
            case "commit":
                return self._commit(lane)
            case "give up":
                return await self._give_up(lane)
        return await self._catch_up()

    async def _claim(self, lane: int, chosen: list[int], *, alone: bool) -> object:
        batch = self.batches[lane]
        for number in chosen:
            one, signature = SIGNED[number]
            signature = marked(signature, STANDS_ALONE) if alone else signature
            owned = Owned(one.wording_id, lane, self.position[lane] + len(batch))
            batch.append(Claim(owned, signature))
        report = Report(lane, self.position[lane], {})
        self.answered[lane] = list(await self.lanes.index.claim(self.lanes.mark, report, batch))
        return self.answered[lane]

    async def _amend(self, lane: int, number: int, *, forgets: bool) -> object:
        """Amend a paper that is out, twice, as if the first time had been aborted; commit it."""
        if self.batches[lane] or not self.log:
            return None
        emitted = self.log[number % len(self.log)]
        signature = emitted.claim.signature
        owned = Owned(emitted.claim.owned.wording_id, lane, self.position[lane])
        claim = Claim(owned, marked(signature, FORGETS) if forgets else signature)
        revisions = [each.revision for each in self.log if each.paper_id == emitted.paper_id]
        amendment = Amendment(claim, emitted.paper_id, max(revisions))
        await self.lanes.index.claim(self.lanes.mark, Report(lane, self.position[lane], {}), ())
        answers = [await self.lanes.index.amend(self.lanes.mark, amendment) for _ in range(2)]
        assert answers[0] == answers[1]
        if answers[0] is not None:
            if answers[0].verdict is REVISED:
                self.log.append(Emitted(claim, emitted.paper_id, answers[0].revision))
            self.position[lane] += 1
        return answers[0]

    def _commit(self, lane: int) -> None:
        answers, batch = self.answered[lane], self.batches[lane]
        for claim, answer in zip(batch, answers, strict=False):
            if answer.verdict in (NEW, REVISED):
                self.log.append(Emitted(claim, answer.paper_id, answer.revision))
        self.position[lane] += len(answers)
        self.batches[lane], self.answered[lane] = batch[len(answers) :], []

    async def _give_up(self, lane: int) -> None:
        if self.batches[lane]:
            await self.lanes.index.release(self.lanes.mark, self.batches[lane][0].owned)
            self.batches[lane], self.answered[lane] = self.batches[lane][1:], []
            self.position[lane] += 1

    async def _catch_up(self) -> None:
        index = self.lanes.index
        await index.forget()
        lock = await index.lock()
        assert lock is not None
        if len(self.log) % 2:
            await index.wipe(lock, "anew")
        await index.restore(lock, self.log, done=True)
        self.lanes = replace(self.lanes, mark=await index.learn() or "")
        self.answered = [[], [], []]


@given(taken=steps)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_any_sequence_of_steps_is_answered_as_the_model_answers(
    taken: list[tuple[str, int, list[int]]], valkey: ValkeyServer
) -> None:
    section = DedupeSection(namespace=uuid.uuid4().hex, capacity=1_000)
    async with open_index(RedisSettings(url=valkey.url), section, binding="tests") as real:
        drivers = [Driver(await caught_up(index)) for index in (real, FakeIndex())]
        for kind, lane, chosen in taken:
            answers = [await driver.step(kind, lane, chosen) for driver in drivers]
            assert answers[0] == answers[1]
        async with open_survey(RedisSettings(url=valkey.url), section) as survey:
            await held_as_counted(survey, drivers[1].lanes.index)


async def held_as_counted(survey: Survey, model: Index) -> None:
    """Compare what the index holds, entry by entry, with the model and with the index's counts."""
    assert isinstance(model, FakeIndex)
    entries = [entry async for batch in survey.entries() for entry in batch]
    kinds = Counter(entry.kind for entry in entries)
    counts = await survey.counts()
    assert (kinds["paper"], kinds["alias"], kinds["revision"]) == (
        counts.papers,
        counts.aliases,
        counts.revisions,
    )
    assert set(entries) == {
        Entry(
            wording_id,
            "paper" if held.words else "revision" if held.revision else "alias",
            *held.owner,
            held.out,
            held.paper_id or wording_id,
            held.revision,
            held.forgotten,
        )
        for wording_id, held in model.records.items()
    }
