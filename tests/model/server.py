"""What the index's server does at once: ``claim.lua``, ``release.lua`` and ``restore.lua``."""

from __future__ import annotations

from tests.model.broker import Entry, Owner, put
from tests.model.mechanisms import Mechanisms
from tests.model.scenario import Scenario
from tests.model.world import CatchUp, Index, Mark, Session, World

SEEN = 1


def valid_mark(world: World) -> Mark:
    """Give the mark, if it is one of this lifetime of the server; () otherwise."""
    mark = world.index.mark
    return mark if mark and mark[0] == world.lifetime else ()


def admits(world: World, session: Session, has: Mechanisms) -> bool:
    """Compare the mark that the session carries."""
    mark = valid_mark(world)
    return bool(mark) and (mark == session.mark or not has.mark_carried)


def reported(index: Index, session: Session) -> Index:
    """Keep the larger of what is known and what the session reports."""
    committed = max(index.committed[session.lane], session.position)
    return index._replace(
        committed=put(index.committed, session.lane, committed),
        checkpoint=maxima(index.checkpoint, session.checkpoint),
    )


def claimed(
    scenario: Scenario, index: Index, wording: int, me: tuple[int, int]
) -> tuple[Index, str]:
    """Claim one paper: N new, O owned by this very record, D seen before.

    A near copy has the number of its paper, which is D where that is its own; "" is one that has to
    wait, of which nothing is kept.
    """
    owner = index.owners[wording]
    passed = scenario.mechanisms.recorded_offset and me[1] < index.committed[me[0]]
    mine = owner[:2] == me and not passed
    if not owner or (mine and _is_orphan(scenario, index, owner)):
        return _claimed_first(scenario, index, wording, me)
    if owner == me and mine:
        return index, "O"
    return index, str(owner[3]) if _is_alias(owner) else "D"


def _is_orphan(scenario: Scenario, index: Index, owner: Owner) -> bool:
    """Say whether the paper of a near copy that is claimed again does not stand any more."""
    if not (scenario.mechanisms.orphans_claim and _is_alias(owner)):
        return False
    paper = index.owners[owner[3]]
    return not paper or _is_alias(paper) or not _is_settled(index, paper, owner[:2])


def _claimed_first(
    scenario: Scenario, index: Index, wording: int, me: tuple[int, int]
) -> tuple[Index, str]:
    """Claim a wording that nobody has: for itself, or for the paper that it is one of."""
    has = scenario.mechanisms
    if has.later_yields:
        index = _yielded(scenario, index, wording, me)
    held = [(paper, index.owners[paper]) for paper in scenario.alike_to(wording)]
    papers = {paper: owner for paper, owner in held if owner and not _is_alias(owner)}
    if not has.canonical_only:
        papers |= {owner[3]: index.owners[owner[3]] for _, owner in held if _is_alias(owner)}
    settled = [
        paper
        for paper, owner in sorted(papers.items())
        if not has.near_settled or _is_settled(index, owner, me)
    ]
    if papers and not settled:
        return index, ""
    owner = (*me, 0, settled[0]) if settled else me
    letter = str(settled[0]) if settled else "N"
    return index._replace(owners=put(index.owners, wording, owner)), letter


def _yielded(scenario: Scenario, index: Index, wording: int, me: tuple[int, int]) -> Index:
    """Drop the claims of papers like this one that an earlier life of the lane made further on."""
    owners = index.owners
    for paper in scenario.alike_to(wording):
        lane, offset = (*owners[paper], *me)[:2]
        is_open = lane == me[0] and offset > me[1] >= index.committed[lane]
        if is_open and not _is_alias(owners[paper]) and owners[paper][2:] != (SEEN,):
            owners = put(owners, paper, ())
    return index._replace(owners=owners)


def _is_alias(owner: Owner) -> bool:
    return len(owner) > 3


def _is_settled(index: Index, owner: Owner, me: tuple[int, int]) -> bool:
    """Say whether a paper can no longer become another's: it is out, or with me or before me."""
    lane, offset = owner[:2]
    return (
        owner[2:] == (SEEN,) or offset < index.committed[lane] or (me[0] == lane and offset < me[1])
    )


def released(index: Index, wording: int, me: tuple[int, int], has: Mechanisms) -> Index:
    """Give up a claim whose record is never emitted; that of another owner stays."""
    passed = has.release_guarded and me[1] < index.committed[me[0]]
    owner = index.owners[wording]
    if owner[:2] != me or owner[2:3] == (SEEN,) or passed:
        return index
    return index._replace(owners=put(index.owners, wording, ()))


def may_restore(world: World, work: CatchUp, has: Mechanisms) -> bool:
    """Compare the token of a catch-up's lock, and the lifetime that it was taken in."""
    return (not has.lock_token or world.index.lock == work.token) and (
        not has.lock_lifetime or world.lifetime == work.lifetime
    )


def restored(index: Index, entry: Entry, has: Mechanisms) -> Index:
    """Give a wording its owner back, where it has none, and note that its record was seen."""
    held, owner = index.owners[entry.wording], entry.owner
    if has.where_absent and held and held[:2] != owner:
        return index
    if has.entries_marked:
        owner = (*owner, SEEN, *held[3:])
    return index._replace(owners=put(index.owners, entry.wording, owner))


def maxima(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Give the larger of each pair."""
    return tuple(map(max, left, right))
