"""The world that is checked: Kafka, the index, the lanes at work, and the faults still to come.

All of it is tuples, so that equal worlds are equal values; () stands for what is absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.model.broker import Kafka, Owner

Mark = tuple[int, ...]
"""Lifetime of the server and nonce; () for none."""

GONE: Mark = (-1,)
"""A mark that cannot come back."""

NO_LOCK, ORPHAN, FIRST_TOKEN = 0, 1, 2
"""An orphan is a lock whose holder is no more: it goes when its time is over."""


class Index(NamedTuple):
    """What the server holds, all of it lost and restored together."""

    owners: tuple[Owner, ...]
    committed: tuple[int, ...]
    checkpoint: tuple[int, ...]
    mark: Mark = ()
    lock: int = NO_LOCK
    lineage: int = 0


class CatchUp(NamedTuple):
    """A catch-up in progress: its lock, how far it has read ``unique``, and how far it must.

    ``lineage`` is the one that Kafka has, and then the one that the index goes on in.
    """

    lifetime: int = 0
    token: int = NO_LOCK
    read: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    lineage: int = 0


class Batch(NamedTuple):
    """What was claimed: a letter for each record, how many were sent, the ends acknowledged."""

    letters: str = ""
    sent: int = 0
    ends: tuple[int, ...] = ()


class Session(NamedTuple):
    """One worker's dealings with one lane.

    ``right`` is new before its first producer start, owner while its producer is the newest, fenced
    afterwards. ``told`` is false until the index has heard of the last commit. ``gives_up`` is true
    where the first record has ended the process too often.
    """

    lane: int
    right: str
    step: str
    mark: Mark = ()
    position: int = 0
    checkpoint: tuple[int, ...] = ()
    told: bool = True
    gives_up: bool = False
    work: Any = Batch()  # or a CatchUp, as the step needs it


class Faults(NamedTuple):
    """How often each thing may still go wrong."""

    losses: int = 0  # the server restarts with an earlier state of its own
    flushes: int = 0  # FLUSHALL
    deaths: int = 0  # kill -9 of a worker
    zombies: int = 0  # a lane is given away while its worker is frozen
    expiries: int = 0  # a lock runs out under a frozen holder
    timeouts: int = 0  # the broker aborts a transaction that takes too long
    replies: int = 0  # an answer is lost, of the server or to a commit
    rewinds: int = 0  # an operator resets a lane's offset to 0
    crashes: int = 0  # a record ends the process too often
    forgets: int = 0  # the offsets of the lineage's group expire


class World(NamedTuple):
    """One state; ``durable`` is what the coming restarts of the server find, the next one last.

    What survives is chosen when it is written, and not when the server dies: it spares the history.
    """

    kafka: Kafka
    index: Index  # type: ignore[assignment]  # a field, where tuples have a method
    lifetime: int
    durable: tuple[Index, ...]
    sessions: tuple[Session, ...]
    faults: Faults


class Move(NamedTuple):
    """One step of somebody; nobody may wait for a fault."""

    label: str
    world: World
    fault: bool = False


Moves = Iterator[Move]


def move(world: World, session: Session, label: str, after: Session | None, **changed: Any) -> Move:
    """Put ``after`` in the place of the session, or nothing where it ends."""
    sessions = without(world, session)
    if after is not None:
        sessions = tuple(sorted((*sessions, after)))
    label = f"lane {session.lane} ({session.right}) {label}"
    return Move(label, world._replace(sessions=sessions, **changed))


def fault(world: World, name: str, label: str, **changed: Any) -> Move:
    """Let one of the faults happen that are still to come."""
    faults = world.faults._replace(**{name: getattr(world.faults, name) - 1})
    return Move(label, world._replace(faults=faults, **changed), fault=True)


def without(world: World, session: Session) -> tuple[Session, ...]:
    """Give the other sessions."""
    at = world.sessions.index(session)
    return world.sessions[:at] + world.sessions[at + 1 :]


def fenced(sessions: tuple[Session, ...], lane: int) -> tuple[Session, ...]:
    """Take the right from a lane's owner."""
    return tuple(
        session._replace(right="fenced") if session[:2] == (lane, "owner") else session
        for session in sessions
    )


def fresh(first: int, used: set[int]) -> int:
    """Give the first number that is not used."""
    while first in used:
        first += 1
    return first
