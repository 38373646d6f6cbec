"""The lineage of the index, as ``CatchUp._settle``: learn Kafka's, compare, wipe, tell Kafka."""

from __future__ import annotations

from tests.model.broker import put
from tests.model.opening import reopened
from tests.model.scenario import Scenario
from tests.model.server import may_restore
from tests.model.world import CatchUp, Index, Move, Moves, Session, World, fresh, move


def learn(scenario: Scenario, world: World, session: Session) -> Moves:
    """Start the producer of the lineage, and read what Kafka has.

    Nobody else can write it any more, so that both count as one step.
    """
    kafka = world.kafka
    if scenario.mechanisms.lineage_fenced:
        if kafka.naming:
            return  # Kafka has a producer wait until a decided commit is complete.
        kafka = kafka._replace(namer=session.work.token)
    work = session.work._replace(lineage=kafka.lineage)
    after = session._replace(step="compare lineage", work=work)
    yield move(world, session, f"learns Kafka's lineage, {kafka.lineage}", after, kafka=kafka)


def compare(scenario: Scenario, world: World, session: Session) -> Moves:
    """Go on in the lineage of the index, or begin one."""
    held, has = world.index.lineage, scenario.mechanisms
    if not has.lineage_kept or (held and held == session.work.lineage):
        after = _settled(scenario, session, held)
        yield move(world, session, f"goes on in lineage {held}", after)
        return
    work = session.work._replace(lineage=fresh(1, _used(world)))
    step = "wipe" if has.lineage_wiped else "wipe the rest"
    label = f"finds lineage {held}, not {session.work.lineage}"
    yield move(world, session, label, session._replace(step=step, work=work))


def wipe(scenario: Scenario, world: World, session: Session) -> Moves:
    """Drop a part of what the index holds."""
    if not may_restore(world, session.work, scenario.mechanisms):
        yield refused(scenario, world, session)
        return
    index = world.index._replace(owners=put(world.index.owners, 0, ()))
    after = session._replace(step="wipe the rest")
    yield move(world, session, "drops some of the owners", after, index=index)


def wipe_rest(scenario: Scenario, world: World, session: Session) -> Moves:
    """Drop the rest, and write the new lineage in the same step."""
    if not may_restore(world, session.work, scenario.mechanisms):
        yield refused(scenario, world, session)
        return
    index, lineage = world.index, session.work.lineage
    if scenario.mechanisms.lineage_wiped:
        index = Index(
            owners=((),) * len(index.owners),
            committed=(0,) * len(index.committed),
            checkpoint=scenario.nothing_read,
            lock=index.lock,
        )
    after = _settled(scenario, session, lineage)
    index = index._replace(lineage=lineage)
    yield move(world, session, f"begins lineage {lineage}", after, index=index)


def name(scenario: Scenario, world: World, session: Session) -> Moves:
    """Have Kafka keep the lineage; refused to who is fenced."""
    kafka, work, has = world.kafka, session.work, scenario.mechanisms
    if has.lineage_fenced and kafka.namer != work.token:
        yield move(world, session, "may not name the lineage, and dies", None)
        return
    if scenario.slow_lineage:
        kafka = kafka._replace(lineage=kafka.naming or kafka.lineage, naming=work.lineage)
    else:
        kafka = kafka._replace(lineage=work.lineage)
    after = reopened(scenario, session)
    if has.lineage_first:
        after = session._replace(step="read ends")
    yield move(world, session, f"tells Kafka lineage {work.lineage}", after, kafka=kafka)


def refused(scenario: Scenario, world: World, session: Session) -> Move:
    """Give up a catch-up that may not write any more."""
    return move(world, session, "has lost the lock", reopened(scenario, session))


def _settled(scenario: Scenario, session: Session, lineage: int) -> Session:
    step = "name" if scenario.mechanisms.lineage_first else "read ends"
    return session._replace(step=step, work=session.work._replace(lineage=lineage))


def _used(world: World) -> set[int]:
    held = {index.lineage for index in (world.index, *world.durable)}
    known = {s.work.lineage for s in world.sessions if isinstance(s.work, CatchUp)}
    return {world.kafka.lineage, world.kafka.naming} | held | known
