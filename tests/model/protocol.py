"""The protocol as it is built: what each session of a lane does next.

A step here is a call there: ``services/common/{lane,transaction}.py`` give the order,
``services/dedupe/{handler,catch_up}.py`` the session's part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.model import batch, catch_up, lineage, opening
from tests.model.scenario import Scenario
from tests.model.server import valid_mark
from tests.model.world import GONE, CatchUp, Moves, Session, World

STEPS: Mapping[str, Callable[[Scenario, World, Session], Moves]] = {
    "learn": opening.learn,
    "start": opening.start,
    "read offset": opening.read_offset,
    "compare offset": opening.compare_offset,
    "check": catch_up.check,
    "lock": catch_up.lock,
    "wait": catch_up.wait,
    "learn lineage": lineage.learn,
    "compare lineage": lineage.compare,
    "wipe": lineage.wipe,
    "wipe the rest": lineage.wipe_rest,
    "name": lineage.name,
    "read ends": catch_up.read_ends,
    "read checkpoint": catch_up.read_checkpoint,
    "restore": catch_up.restore,
    "note": catch_up.note,
    "claim": batch.claim,
    "release": batch.release,
    "send": batch.send,
    "verify": batch.verify,
    "commit": batch.commit,
    "report": batch.report,
}


def steps(scenario: Scenario, world: World) -> Moves:
    """Give what the sessions may do; equal ones may do the same."""
    for session in dict.fromkeys(world.sessions):
        yield from STEPS[session.step](scenario, world, session)


def unseen(scenario: Scenario, world: World) -> Moves:
    """Give the step of one session whose time makes no difference to anybody, if there is one.

    It changes nothing of what others may do, nor can they change it: to take it at once leaves out
    orders of steps, and no outcome.
    """
    for session in world.sessions:
        if _is_unseen(scenario, world, session):
            yield from STEPS[session.step](scenario, world, session)
            return


def _is_unseen(scenario: Scenario, world: World, session: Session) -> bool:
    has, lane = scenario.mechanisms, session.lane
    match session.step:
        case "start" | "read offset":
            alone = sum(other.lane == lane for other in world.sessions) == 1
            return alone and not world.faults.zombies and not world.kafka.transactions[lane]
        case "compare offset":
            alone = sum(other.lane == lane for other in world.sessions) == 1
            forward = world.index.committed[lane] <= session.position
            return alone and forward and not world.faults.zombies
        case "check" | "wait":
            return _only_looks(scenario, world, session)
        case "send" | "commit":
            return session.right == "fenced"
        case "claim" | "report" | "release":
            return session.mark == GONE and has.checkpoint_guarded
        case "verify":
            return session.mark == GONE and session.right == "fenced"
        case "wipe" | "wipe the rest" | "read ends" | "read checkpoint" | "restore" | "note":
            return _is_doomed(scenario, world, session.work)
    return False


def _only_looks(scenario: Scenario, world: World, session: Session) -> bool:
    """Say whether a session only goes on to the lock, which looks at everything once more."""
    if session.step == "wait":
        return not world.index.lock or bool(valid_mark(world))
    return scenario.mechanisms.checkpoint_under_lock and not valid_mark(world)


def _is_doomed(scenario: Scenario, world: World, work: CatchUp) -> bool:
    """Say whether a catch-up can never write again."""
    has = scenario.mechanisms
    tokens = {index.lock for index in (world.index, *world.durable)}
    late = has.lock_lifetime and work.lifetime < world.lifetime
    return has.replication_id and (late or (has.lock_token and work.token not in tokens))
