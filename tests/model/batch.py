"""A batch, as ``Lane._step``: claim, send, verify, commit, report.

A paper is claimed in a call of its own, since a larger call can do no more.
"""

from __future__ import annotations

from tests.model.broker import Kafka, aborted, appended, committed, deciding, put
from tests.model.opening import next_batch, reopened
from tests.model.scenario import Scenario
from tests.model.server import admits, claimed, maxima, released, reported
from tests.model.world import Batch, Index, Move, Moves, Session, World, fault, move

PASSED = "DX0123456789"
"""Letters of records that are not emitted: seen before, given up, and near copies of a paper."""


def claim(scenario: Scenario, world: World, session: Session) -> Moves:
    """Claim one paper; an answer that is lost is asked for again."""
    has, letters = scenario.mechanisms, session.work.letters
    if not admits(world, session, has):
        yield _refused(scenario, world, session, "claims")
        return
    offset = session.position + len(letters)
    wording = scenario.papers[session.lane][offset]
    index = reported(world.index, session)
    if not has.checkpoint_acknowledged:
        index = _promised(scenario, world, index, wording)
    index, letter = claimed(scenario, index, wording, (session.lane, offset))
    if not letter:
        yield from _waits(scenario, world, session, index)
        return
    after = _with(scenario, session, letters + letter)
    label = f"claims wording {wording} at {offset}: {letter}"
    yield move(world, session, label, after, index=index)
    if world.faults.replies:
        label = f"lane {session.lane} ({session.right}) {label}, UNHEARD"
        yield fault(world, "replies", label, index=index)


def _waits(scenario: Scenario, world: World, session: Session, index: Index) -> Moves:
    """Cut the batch before a near copy that has to wait, and go on with what was claimed before.

    With nothing before it, to ask again changes nothing.
    """
    letters: str = session.work.letters
    at = session.position + len(letters)
    if not scenario.mechanisms.pending_cuts:
        index = _claimed_beyond(scenario, session, index, at)
    if letters:
        after = _transaction(scenario, session, letters)
        yield move(world, session, f"has to wait at {at}", after, index=index)
    elif index != world.index:
        yield move(world, session, f"waits at {at}", session, index=index)


def _claimed_beyond(scenario: Scenario, session: Session, index: Index, waiting: int) -> Index:
    """Claim the rest of a batch behind the record that waits."""
    wordings = scenario.papers[session.lane][: session.position + scenario.handled]
    for offset in range(waiting + 1, len(wordings)):
        index, _ = claimed(scenario, index, wordings[offset], (session.lane, offset))
    return index


def release(scenario: Scenario, world: World, session: Session) -> Moves:
    """Let go of the claim of a record that ends the process."""
    if not admits(world, session, scenario.mechanisms):
        yield _refused(scenario, world, session, "releases")
        return
    me = (session.lane, session.position)
    index = released(world.index, scenario.papers[me[0]][me[1]], me, scenario.mechanisms)
    after = _transaction(scenario, session, "X")
    yield move(world, session, f"gives up the record at {me[1]}", after, index=index)


def send(scenario: Scenario, world: World, session: Session) -> Moves:
    """Append the next record that is emitted, and have it acknowledged."""
    if session.right == "fenced":
        yield move(world, session, "is refused as fenced, and dies", None)
        return
    if deciding(world.kafka, session.lane):
        return
    work: Batch = session.work
    at = next(i for i in range(work.sent, len(work.letters)) if work.letters[i] not in PASSED)
    owner = (session.lane, session.position + at)
    wording = scenario.papers[owner[0]][owner[1]]
    partition = scenario.spread[wording]
    kafka = appended(world.kafka, partition, wording, owner)
    ends = put(work.ends, partition, len(kafka.unique[partition]))
    work = work._replace(sent=at + 1, ends=ends)
    more = work.letters[work.sent : scenario.written].strip(PASSED)
    step = "send" if more else _after_send(scenario)
    after = session._replace(step=step, work=work)
    yield move(
        world, session, f"appends wording {wording} to unique-{partition}", after, kafka=kafka
    )


def verify(scenario: Scenario, world: World, session: Session) -> Moves:
    """Compare the mark again, by a claim of nothing."""
    if admits(world, session, scenario.mechanisms):
        step = "commit" if scenario.mechanisms.acknowledged_first else "send"
        index = reported(world.index, session)
        yield move(world, session, "verifies", session._replace(step=step), index=index)
    elif session.right == "fenced":
        yield move(world, session, "verifies: stale; cannot abort, and dies", None)
    else:
        kafka, after = aborted(world.kafka, session.lane), reopened(scenario, session)
        yield move(world, session, "verifies: stale; aborts", after, kafka=kafka)


def commit(scenario: Scenario, world: World, session: Session) -> Moves:
    """Commit the first records of what was claimed; without an answer, die."""
    if session.right == "fenced":
        yield move(world, session, "is refused as fenced, and dies", None)
        return
    if deciding(world.kafka, session.lane):
        return
    work: Batch = session.work
    piece, rest = work.letters[: scenario.written], work.letters[scenario.written :]
    position = session.position + len(piece)
    kafka = committed(world.kafka, session.lane, position, slow_markers=scenario.slow_markers)
    if scenario.alike:
        kafka = _sighted(scenario, kafka, session, piece)
    ends = maxima(session.checkpoint, work.ends)
    done = session._replace(position=position, checkpoint=ends, told=False, gives_up=False)
    after = _transaction(scenario, done, rest) if rest else next_batch(scenario, done)
    yield move(world, session, f"commits up to {position}", after, kafka=kafka)
    if world.faults.replies:
        again = session._replace(step="claim", work=Batch())
        survivor = None if scenario.mechanisms.unknown_commit_dies else again
        unheard = move(world, session, f"commits up to {position}, UNHEARD", survivor, kafka=kafka)
        yield fault(unheard.world, "replies", unheard.label)


def report(scenario: Scenario, world: World, session: Session) -> Moves:
    """Tell the index what is committed, once there is nothing to claim."""
    if admits(world, session, scenario.mechanisms):
        index = reported(world.index, session)
        yield move(world, session, "reports, and is idle", None, index=index)
    else:
        yield _refused(scenario, world, session, "reports")


def _sighted(scenario: Scenario, kafka: Kafka, session: Session, letters: str) -> Kafka:
    """Note what the records that are passed as copies were taken for."""
    sighted = set(kafka.sighted)
    for offset, letter in enumerate(letters, session.position):
        wording = scenario.papers[session.lane][offset]
        if letter == "D" or letter.isdigit():
            sighted.add((wording, wording if letter == "D" else int(letter)))
    return kafka._replace(sighted=tuple(sorted(sighted)))


def _with(scenario: Scenario, session: Session, letters: str) -> Session:
    """Go on claiming, or begin to write."""
    offset = session.position + len(letters)
    if len(letters) < scenario.handled and offset < len(scenario.papers[session.lane]):
        return session._replace(work=Batch(letters))
    return _transaction(scenario, session, letters)


def _transaction(scenario: Scenario, session: Session, letters: str) -> Session:
    """Begin to write the first of the records; what emits nothing needs no verification."""
    session = session._replace(work=Batch(letters, ends=scenario.nothing_read))
    has = scenario.mechanisms
    if not letters[: scenario.written].strip(PASSED):
        return session._replace(step="commit")
    verifies_now = has.verifies and not has.acknowledged_first
    return session._replace(step="verify" if verifies_now else "send")


def _after_send(scenario: Scenario) -> str:
    has = scenario.mechanisms
    return "verify" if has.verifies and has.acknowledged_first else "commit"


def _refused(scenario: Scenario, world: World, session: Session, label: str) -> Move:
    index = world.index
    if not scenario.mechanisms.checkpoint_guarded:
        index = index._replace(checkpoint=maxima(index.checkpoint, session.checkpoint))
    return move(world, session, f"{label}: stale", reopened(scenario, session), index=index)


def _promised(scenario: Scenario, world: World, index: Index, wording: int) -> Index:
    partition = scenario.spread[wording]
    end = len(world.kafka.unique[partition]) + 1
    ends = put(scenario.nothing_read, partition, end)
    return index._replace(checkpoint=maxima(index.checkpoint, ends))
