"""Catching up, as ``CatchUp.run``: check, lock, settle the lineage, read, give a mark."""

from __future__ import annotations

from tests.model.broker import COMMITTED, Entry, put, stable_end
from tests.model.lineage import refused
from tests.model.opening import reopened, validated
from tests.model.scenario import Scenario
from tests.model.server import may_restore, restored, valid_mark
from tests.model.world import FIRST_TOKEN, CatchUp, Mark, Move, Moves, Session, World, fresh, move


def check(scenario: Scenario, world: World, session: Session) -> Moves:
    """Ask for a mark again, and for the server's lifetime."""
    if mark := valid_mark(world):
        yield move(world, session, "finds a mark", _caught_up(scenario, session, mark))
        return
    early = () if scenario.mechanisms.checkpoint_under_lock else world.index.checkpoint
    work = CatchUp(world.lifetime, read=early)
    yield move(world, session, "finds no mark", session._replace(step="lock", work=work))


def lock(scenario: Scenario, world: World, session: Session) -> Moves:
    """Take the lock, in a call of its own: somebody else may have been faster by now."""
    if world.index.lock or valid_mark(world):
        yield move(world, session, "finds the lock taken", session._replace(step="wait"))
        return
    taken = {other.work.token for other in world.sessions if isinstance(other.work, CatchUp)}
    token = fresh(FIRST_TOKEN, taken | {index.lock for index in (world.index, *world.durable)})
    # The lifetime is read by the script that takes the lock.
    work = session.work._replace(token=token, lifetime=world.lifetime)
    after = session._replace(step="learn lineage", work=work)
    yield move(world, session, "takes the lock", after, index=world.index._replace(lock=token))


def wait(scenario: Scenario, world: World, session: Session) -> Moves:
    """Ask again, once there is another answer; to ask more often changes nothing."""
    if not world.index.lock or valid_mark(world):
        after = session._replace(step="check", work=CatchUp())
        yield move(world, session, "asks again", after)


def read_ends(scenario: Scenario, world: World, session: Session) -> Moves:
    """Read how far one partition of ``unique`` must be read."""
    log = world.kafka.unique[len(session.work.ends)]
    end = len(log) if scenario.mechanisms.high_watermark else stable_end(log)
    work = session.work._replace(ends=(*session.work.ends, end))
    step = "read checkpoint" if len(work.ends) == len(world.kafka.unique) else "read ends"
    label = f"must read unique-{len(work.ends) - 1} up to {end}"
    yield move(world, session, label, session._replace(step=step, work=work))


def read_checkpoint(scenario: Scenario, world: World, session: Session) -> Moves:
    """Read where to begin; a checkpoint beyond the end is of another log."""
    work, read = session.work, session.work.read or world.index.checkpoint
    if any(at > end for at, end in zip(read, work.ends, strict=True)):
        read = scenario.nothing_read
    after = session._replace(step="restore", work=work._replace(read=read))
    yield move(world, session, f"begins at the checkpoint {read}", after)


def restore(scenario: Scenario, world: World, session: Session) -> Moves:
    """Give one owner back; with nothing left to read, give the mark.

    Which partition is read first makes no difference to anybody, so the first readable one is.
    """
    work: CatchUp = session.work
    unread = [q for q, (at, end) in enumerate(zip(work.read, work.ends, strict=True)) if at < end]
    if not unread:
        yield _finish(scenario, world, session)
    for partition in unread:
        log, at = world.kafka.unique[partition], work.read[partition]
        if at < stable_end(log):
            read = session._replace(work=work._replace(read=put(work.read, partition, at + 1)))
            yield _read(scenario, world, session, read, log[at])
            return


def note(scenario: Scenario, world: World, session: Session) -> Moves:
    """Write how far the catch-up has come, in a call of its own."""
    if not may_restore(world, session.work, scenario.mechanisms):
        yield refused(scenario, world, session)
        return
    index = world.index._replace(checkpoint=session.work.read)
    after = session._replace(step="restore")
    yield move(world, session, f"writes the checkpoint {session.work.read}", after, index=index)


def _read(scenario: Scenario, world: World, session: Session, read: Session, entry: Entry) -> Move:
    if entry.state != COMMITTED:
        return move(world, session, "passes what was aborted", read)
    has = scenario.mechanisms
    if not may_restore(world, session.work, has):
        return refused(scenario, world, session)
    index = restored(world.index, entry, has)
    if scenario.notes_progress:
        read = read._replace(step="note")
    return move(world, session, f"gives wording {entry.wording} its owner", read, index=index)


def _finish(scenario: Scenario, world: World, session: Session) -> Move:
    work: CatchUp = session.work
    if not may_restore(world, work, scenario.mechanisms):
        return refused(scenario, world, session)
    marks = {world.index.mark, *(other.mark for other in world.sessions)}
    used = {mark[1] for mark in marks if len(mark) == 2 and mark[0] == work.lifetime}
    mark = (work.lifetime, fresh(1, used) if scenario.mechanisms.nonce else 0)
    index = world.index._replace(checkpoint=work.ends, mark=mark, lock=0)
    after = _caught_up(scenario, session, mark)
    if not scenario.mechanisms.lineage_first:
        after = session._replace(step="name")
    return move(world, session, "is caught up and gives a new mark", after, index=index)


def _caught_up(scenario: Scenario, session: Session, mark: Mark) -> Session | None:
    if scenario.mechanisms.learns_again:
        return reopened(scenario, session)
    return validated(scenario, session._replace(mark=mark))
