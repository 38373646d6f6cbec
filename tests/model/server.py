"""What the index's server does at once: ``claim.lua``, ``release.lua`` and ``restore.lua``."""

from __future__ import annotations

from tests.model.broker import Entry, put
from tests.model.mechanisms import Mechanisms
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


def claimed(index: Index, wording: int, me: tuple[int, int], has: Mechanisms) -> tuple[Index, str]:
    """Claim one paper: N new, O owned by this very record, D seen before.

    The place for near copies: they look for the owners of other wordings here, and take a letter of
    their own that cuts the batch.
    """
    owner = index.owners[wording]
    if not owner:
        return index._replace(owners=put(index.owners, wording, me)), "N"
    passed = has.recorded_offset and me[1] < index.committed[me[0]]
    return index, "O" if owner == me and not passed else "D"


def released(index: Index, wording: int, me: tuple[int, int], has: Mechanisms) -> Index:
    """Give up a claim whose record is never emitted; that of another owner stays."""
    passed = has.release_guarded and me[1] < index.committed[me[0]]
    if index.owners[wording] != me or passed:
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
        owner = (*owner, SEEN)
    return index._replace(owners=put(index.owners, entry.wording, owner))


def maxima(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Give the larger of each pair."""
    return tuple(map(max, left, right))
