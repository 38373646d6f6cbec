"""What happens around the lanes: the group, the broker, and every fault that is still to come."""

from __future__ import annotations

from tests.model import protocol
from tests.model.broker import Kafka, Transaction, aborted, completed, deciding, marked, passed, put
from tests.model.opening import assigned, at_work
from tests.model.scenario import Scenario
from tests.model.world import (
    GONE,
    NO_LOCK,
    ORPHAN,
    CatchUp,
    Index,
    Mark,
    Move,
    Moves,
    World,
    fault,
    fenced,
    without,
)


class Environment:
    """Where a scenario begins, and all the moves from any of its worlds."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._has = scenario.mechanisms
        self._lanes = range(len(scenario.papers))
        self._alike = len(set(scenario.papers)) == 1
        self._empty = Index(
            owners=((),) * len(scenario.spread),
            committed=(0,) * len(scenario.papers),
            checkpoint=scenario.nothing_read,
        )
        self._sources = (
            self._assignments,
            self._markers,
            self._deaths,
            self._losses,
            self._expiries,
            self._timeouts,
            self._rewinds,
            self._lineages,
        )

    def first(self) -> World:
        """Give a world where nothing was read: with an empty index, or before it was caught up."""
        mark: Mark = (0, 1 if self._has.nonce else 0)
        cold = self._scenario.cold
        none = ((),) * len(self._lanes)
        return World(
            kafka=Kafka(
                (0,) * len(none),
                none,
                ((),) * len(self._scenario.nothing_read),
                lineage=0 if cold else 1,
            ),
            index=self._empty if cold else self._empty._replace(mark=mark, lineage=1),
            lifetime=0,
            durable=(),
            sessions=tuple(
                assigned(self._scenario, lane) if cold else at_work(self._scenario, lane, mark)
                for lane in self._lanes
            ),
            faults=self._scenario.faults,
        )

    def moves(self, world: World) -> Moves:
        """Give every move that makes a difference."""
        moves = [*protocol.unseen(self._scenario, world)]
        if not moves:
            moves += protocol.steps(self._scenario, world)
            for source in self._sources:
                moves += source(world)
        for move in moves:
            yield move._replace(world=self._canonical(move.world))

    def done(self, world: World) -> bool:
        """Say whether all is committed and nobody has anything left to do."""
        kafka = world.kafka
        all_read = kafka.committed == self._scenario.ends
        return all_read and not any(kafka.transactions) and not world.sessions

    def _assignments(self, world: World) -> Moves:
        """A lane without a worker is given to one; with a frozen one, too, and that is a fault."""
        positions = passed(world.kafka)
        for lane in self._lanes:
            if positions[lane] == self._scenario.ends[lane]:
                yield from self._reports(world, lane)
                continue
            sessions = tuple(sorted((*world.sessions, assigned(self._scenario, lane))))
            label = f"lane {lane} is given to a worker"
            if lane not in _working(world):
                yield Move(label, world._replace(sessions=sessions))
            elif world.faults.zombies and lane in self._struck(world):
                label += ", its old one is FROZEN"
                yield fault(world, "zombies", label, sessions=sessions)

    def _reports(self, world: World, lane: int) -> Moves:
        """A lane without records tells the index what it has lost, or what a dead worker did not.

        It makes a difference only to near copies that have yet to be claimed.
        """
        positions = passed(world.kafka)
        knows = world.index.committed[lane] >= positions[lane]
        if (
            self._scenario.alike
            and self._has.told_again
            and not knows
            and positions != self._scenario.ends
            and all(session.lane != lane for session in world.sessions)
        ):
            session = assigned(self._scenario, lane)._replace(told=False)
            sessions = tuple(sorted((*world.sessions, session)))
            yield Move(f"lane {lane} is asked again", world._replace(sessions=sessions))

    def _markers(self, world: World) -> Moves:
        """The marker of a decided commit reaches one partition after another."""
        for lane in self._lanes:
            if not deciding(world.kafka, lane):
                continue
            transaction = world.kafka.transactions[lane]
            assert isinstance(transaction, Transaction)
            for number in transaction.awaited:
                label = f"the commit of lane {lane} reaches unique-{number}"
                yield Move(label, world._replace(kafka=marked(world.kafka, lane, number)))
            if not transaction.awaited:
                label = f"the commit of lane {lane} is complete"
                yield Move(label, world._replace(kafka=completed(world.kafka, lane)))

    def _deaths(self, world: World) -> Moves:
        """A worker is killed, or by the record that it handles, for the last time."""
        for session in dict.fromkeys(world.sessions):
            if session.lane not in self._struck(world):
                continue
            label = f"lane {session.lane} ({session.right}) is KILLED"
            sessions = without(world, session)
            if world.faults.deaths:
                yield fault(world, "deaths", f"{label}, about to {session.step}", sessions=sessions)
            if world.faults.crashes and session[1:3] == ("owner", "claim"):
                crashed = (*world.kafka.crashed, (session.lane, session.position))
                kafka = world.kafka._replace(crashed=crashed)
                label += " by its record"
                yield fault(world, "crashes", label, sessions=sessions, kafka=kafka)

    def _losses(self, world: World) -> Moves:
        """The server loses everything, or restarts with what it held once."""
        if world.faults.flushes:
            yield fault(world, "flushes", "FLUSHALL", index=self._empty)
        if len(world.durable) < world.faults.losses:
            # A mark of this lifetime is of no use in another, unless lifetimes return.
            kept = world.index._replace(mark=()) if self._has.replication_id else world.index
            if world.durable[-1:] != (kept,):
                label = "what the index holds now is what a RESTART will find"
                yield Move(label, world._replace(durable=(*world.durable, kept)), fault=True)
        if world.durable:
            yield fault(
                world,
                "losses",
                "the server RESTARTS",
                index=world.durable[-1],
                durable=world.durable[:-1],
                lifetime=world.lifetime + 1 if self._has.replication_id else 1 - world.lifetime,
            )

    def _expiries(self, world: World) -> Moves:
        """A lock without a holder runs out by itself; under a frozen holder it is a fault."""
        index = world.index._replace(lock=NO_LOCK)
        if world.index.lock == ORPHAN and self._has.lock_expires:
            yield Move("the lock runs out", world._replace(index=index))
        elif world.index.lock > ORPHAN and world.faults.expiries:
            yield fault(world, "expiries", "the lock RUNS OUT under its holder", index=index)

    def _timeouts(self, world: World) -> Moves:
        """The broker aborts a transaction and fences its producer."""
        for lane in self._struck(world) if world.faults.timeouts else ():
            if world.kafka.transactions[lane] and not deciding(world.kafka, lane):
                label = f"the broker ABORTS the slow transaction of lane {lane}"
                kafka, sessions = aborted(world.kafka, lane), fenced(world.sessions, lane)
                yield fault(world, "timeouts", label, kafka=kafka, sessions=sessions)

    def _rewinds(self, world: World) -> Moves:
        """Kafka lets an operator set a lane's offset only while no worker has the lane."""
        for lane, at in enumerate(world.kafka.committed if world.faults.rewinds else ()):
            told = world.index.committed[lane] >= at
            if at and lane not in _working(world) and (told or self._scenario.rewinds_untold):
                positions = put(world.kafka.committed, lane, 0)
                kafka, index = world.kafka._replace(committed=positions, crashed=()), world.index
                if self._scenario.rewinds_anew:
                    index = index._replace(mark=(), lineage=0)
                label = f"an operator REWINDS lane {lane}"
                yield fault(world, "rewinds", label, kafka=kafka, index=index)

    def _lineages(self, world: World) -> Moves:
        """The lineage that was told to Kafka shows there, or is forgotten."""
        kafka = world.kafka
        if kafka.naming:
            shown = kafka._replace(lineage=kafka.naming, naming=0)
            yield Move("Kafka's new lineage shows", world._replace(kafka=shown))
        elif kafka.lineage and world.faults.forgets:
            forgotten = kafka._replace(lineage=0)
            yield fault(world, "forgets", "Kafka FORGETS the lineage", kafka=forgotten)

    def _struck(self, world: World) -> range:
        """Give the lanes that a fault may strike: the first of all strikes lane 0 if all are alike.

        Were it another, the same would happen with the numbers of the lanes exchanged.
        """
        now, before = world.faults, self._scenario.faults
        elsewhere = {"losses": 0, "flushes": 0, "expiries": 0, "forgets": 0}
        unhurt = now._replace(**elsewhere) == before._replace(**elsewhere)
        return range(1) if self._alike and unhurt else self._lanes

    def _canonical(self, world: World) -> World:
        """Forget the names of what is over: marks that cannot return, and locks of nobody."""
        kafka, index, lifetime, durable, sessions, faults = world
        live = {(), GONE, index.mark} | (set() if self._has.nonce else {(lifetime, 0)})
        if self._has.replication_id and any(s.mark not in live for s in sessions):
            sessions = tuple(
                sorted(s if s.mark in live else s._replace(mark=GONE) for s in sessions)
            )
        works = [s.work for s in sessions if isinstance(s.work, CatchUp)]
        tokens = {work.token for work in works}
        lineages = {kafka.lineage, kafka.naming, *(work.lineage for work in works)}
        index = _named(_locked(index, tokens), lineages)
        durable = tuple([_named(_locked(kept, tokens), lineages) for kept in durable])
        if kafka.namer not in tokens:
            kafka = kafka._replace(namer=0)
        return World(kafka, index, lifetime, durable, sessions, faults)


def _working(world: World) -> set[int]:
    return {session.lane for session in world.sessions if session.right != "fenced"}


def _named(index: Index, lineages: set[int]) -> Index:
    """One that can never be Kafka's is as good as none."""
    return index if index.lineage in lineages else index._replace(lineage=0)


def _locked(index: Index, tokens: set[int]) -> Index:
    orphan = index.lock > ORPHAN and index.lock not in tokens
    return index._replace(lock=ORPHAN) if orphan else index
