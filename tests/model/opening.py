"""Opening a lane, as ``Lane._open``: learn, start the producer, read the offset, validate."""

from __future__ import annotations

from tests.model.broker import aborted, deciding
from tests.model.scenario import Scenario
from tests.model.server import valid_mark
from tests.model.world import Batch, CatchUp, Mark, Moves, Session, World, fenced, move


def assigned(scenario: Scenario, lane: int) -> Session:
    """Give the session of a lane that was just given to a worker."""
    return Session(lane, "new", _order(scenario)[0], checkpoint=scenario.nothing_read)


def at_work(scenario: Scenario, lane: int, mark: Mark) -> Session:
    """Give a session that is about to claim its first paper."""
    return assigned(scenario, lane)._replace(right="owner", step="claim", mark=mark)


def reopened(scenario: Scenario, session: Session) -> Session:
    """Give what becomes of a session that is stale."""
    step = _order(scenario)[0] if scenario.mechanisms.validates_again else "learn"
    return session._replace(step=step, mark=(), work=Batch())


def validated(scenario: Scenario, session: Session) -> Session | None:
    """Give what comes after the committed offset is known."""
    if scenario.compares_offsets:
        return session._replace(step="compare offset", work=Batch())
    return _ready(scenario, session)


def _ready(scenario: Scenario, session: Session) -> Session | None:
    if not session.mark:
        return session._replace(step="check", work=CatchUp())
    return next_batch(scenario, session)


def compare_offset(scenario: Scenario, world: World, session: Session) -> Moves:
    """Have the index made anew where it knows that the lane was further already."""
    if not session.mark or world.index.committed[session.lane] <= session.position:
        yield move(world, session, "was not rewound", _ready(scenario, session))
        return
    index = world.index._replace(mark=(), lineage=0)
    yield move(
        world, session, "was rewound: drops the mark", reopened(scenario, session), index=index
    )


def next_batch(scenario: Scenario, session: Session) -> Session | None:
    """Take the records that are left, or be idle: report, and then there is no more to do."""
    session = session._replace(work=Batch())
    if session.gives_up:
        return session._replace(step="release")
    if session.position < len(scenario.papers[session.lane]):
        return session._replace(step="claim")
    if session.told or not scenario.mechanisms.told_when_idle:
        return None
    return session._replace(step="report")


def learn(scenario: Scenario, world: World, session: Session) -> Moves:
    """Learn the mark; what was to be reported belongs to an earlier one."""
    learned = session._replace(mark=valid_mark(world), checkpoint=scenario.nothing_read)
    goes_on = session.right != "new" and not scenario.mechanisms.validates_again
    after = validated(scenario, learned) if goes_on else _after(scenario, learned)
    if not learned.mark and not scenario.mechanisms.validates_first:
        after = learned._replace(step="check", work=CatchUp())
    yield move(world, session, f"learns {'the' if learned.mark else 'no'} mark", after)


def start(scenario: Scenario, world: World, session: Session) -> Moves:
    """Fence whoever else has the lane, which one that lost it long ago can do as well."""
    if deciding(world.kafka, session.lane):
        return  # Kafka has a producer wait until a decided commit is complete.
    after = _after(scenario, session._replace(right="owner"))
    kafka = aborted(world.kafka, session.lane)
    started = move(
        world, session, "starts its producer, which fences and aborts", None, kafka=kafka
    )
    sessions = fenced(started.world.sessions, session.lane)
    if after is not None:
        sessions = tuple(sorted((*sessions, after)))
    yield started._replace(world=started.world._replace(sessions=sessions))


def read_offset(scenario: Scenario, world: World, session: Session) -> Moves:
    """Read where the group stands, and beside it whether the record there is given up."""
    position = world.kafka.committed[session.lane]
    gives_up = (session.lane, position) in world.kafka.crashed
    after = _after(scenario, session._replace(position=position, gives_up=gives_up))
    yield move(world, session, f"reads the committed offset, {position}", after)


def _order(scenario: Scenario) -> tuple[str, ...]:
    if not scenario.mechanisms.mark_learned_first:
        return ("start", "read offset", "learn")
    if not scenario.mechanisms.offset_read_last:
        return ("learn", "read offset", "start")
    return ("learn", "start", "read offset")


def _after(scenario: Scenario, session: Session) -> Session | None:
    order = _order(scenario)
    at = order.index(session.step) + 1
    if at < len(order):
        return session._replace(step=order[at])
    return validated(scenario, session)
