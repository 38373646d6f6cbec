"""What goes wrong, in which order: drawn from a seed before anything runs."""

from __future__ import annotations

import enum
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.common.settings import StreamSettings
from tests.pipeline import SERVICES


class Kind(enum.Enum):
    """The kinds of faults."""

    KILL = "kill -9 of a worker"
    STOP = "SIGSTOP of a worker"
    BROKER = "kill -9 of the broker"
    COMMIT = "kill -9 of the broker, a transaction open"
    VALKEY = "kill -9 of Valkey"
    TAIL = "kill -9 of Valkey, its tail lost"
    SNAPSHOT = "kill -9 of Valkey, a snapshot restored"
    FLUSH = "FLUSHALL"
    SLOW = "slow network"
    RESET = "connections reset"
    SILENT = "connections silent, half open"


WORKER_STRUCK = (Kind.KILL, Kind.STOP)
NETWORK_FAILS = (Kind.SLOW, Kind.RESET, Kind.SILENT)
BROKER_KILLED = (Kind.BROKER, Kind.COMMIT)
INDEX_LOST = (Kind.TAIL, Kind.SNAPSHOT, Kind.FLUSH)
SERVERS = {"ingest": ("kafka",), "dedupe": ("kafka", "valkey"), "embed": ("kafka",)}
WRITES_SECONDS = 5.0
"""In which each lane writes to each partition of ``unique``."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Args:
        kind: what happens.
        stage: whom it strikes, and whose recovery is measured; None for the broker, where it is
            everybody's.
        worker: the worker that it strikes, from 0; of no meaning elsewhere.
        pause: seconds before it.
        lasts: seconds that the process is away or stopped; for SIGSTOP beyond the session timeout.
        share: between 0 and 1: how much of the tail is lost, which of the snapshots is restored, or
            how slow the network is.
        server: to which the network fails.
        settles: the next fault waits until all has recovered from this one, so that it can be
            measured; where not, the next one meets what this one left.
    """

    kind: Kind
    stage: str | None
    worker: int
    pause: float
    lasts: float
    share: float
    settles: bool
    server: str

    def __str__(self) -> str:
        who = f" {self.stage}-{self.worker + 1}" if self.kind in WORKER_STRUCK else ""
        who += f" from {self.stage} to {self.server}" if self.kind in NETWORK_FAILS else ""
        then = "" if self.settles else ", the next one upon it"
        return (
            f"{self.kind.name.lower()}{who} after {self.pause:.1f} s for {self.lasts:.1f} s, "
            f"share {self.share:.2f}{then}"
        )


@dataclass(frozen=True)
class GroupFeed:
    """Groups of near copies, for dedupe alone.

    Args:
        groups: to be fed at least; more where the faults take longer.
        groups_a_second: that are fed, of some four records each.
    """

    groups: int
    groups_a_second: int

    @property
    def least(self) -> int:
        """The records that are fed at least: one of each group."""
        return self.groups


@dataclass(frozen=True)
class PageFeed(GroupFeed):
    """The same on pages, for all three services.

    Args:
        papers_a_page: so few that every partition gets one often.
        takedown_seconds: between two takedowns.
    """

    papers_a_page: int
    takedown_seconds: float


@dataclass(frozen=True)
class Plan:
    """How hard a campaign is.

    Args:
        faults: how many of each kind.
        feed: what flows meanwhile.
        workers: of each service.
        partitions: of each topic.
        upon: share of the faults upon which the next one follows at once.
        pause: most seconds before a fault.
        patience: most seconds to wait until a worker is at work, before it is struck as it is.
        services: that run.
        away: most seconds that a server is away, or a network or a process at fault.
        tail_seconds: most seconds of writes that a lost tail takes.
        session_timeout: seconds after which a silent worker's partitions are given away.
    """

    faults: Mapping[Kind, int]
    feed: GroupFeed
    workers: int
    partitions: int
    upon: float
    pause: float
    patience: float
    services: Sequence[str] = SERVICES
    away: float = 3.0
    tail_seconds: float = 5.0
    session_timeout: float = 2.0


SHORT = Plan(
    faults={
        Kind.KILL: 14,
        Kind.STOP: 1,
        Kind.BROKER: 1,
        Kind.COMMIT: 1,
        Kind.TAIL: 2,
        Kind.SNAPSHOT: 1,
        Kind.FLUSH: 2,
        Kind.SLOW: 2,
        Kind.RESET: 2,
        Kind.SILENT: 2,
    },
    feed=PageFeed(groups=4_000, groups_a_second=60, papers_a_page=20, takedown_seconds=10.0),
    workers=2,
    partitions=4,
    upon=0.8,
    pause=1.0,
    patience=2.0,
)
LONG = Plan(
    faults={
        Kind.KILL: 48,
        Kind.STOP: 8,
        Kind.BROKER: 4,
        Kind.COMMIT: 4,
        Kind.TAIL: 8,
        Kind.SNAPSHOT: 3,
        Kind.FLUSH: 5,
        Kind.SLOW: 9,
        Kind.RESET: 14,
        Kind.SILENT: 9,
    },
    feed=PageFeed(groups=9_000, groups_a_second=20, papers_a_page=8, takedown_seconds=10.0),
    workers=3,
    partitions=6,
    upon=0.4,
    pause=1.5,
    patience=6.0,
)
RECOVERY = Plan(
    faults={Kind.KILL: 30, Kind.BROKER: 10, Kind.VALKEY: 10},
    feed=PageFeed(groups=1_000, groups_a_second=20, papers_a_page=8, takedown_seconds=60.0),
    workers=2,
    partitions=6,
    upon=0.0,
    pause=1.0,
    patience=30.0,
    away=0.0,
    session_timeout=StreamSettings().session_timeout_seconds,
)
"""One fault after the other, with the settings that people have."""
RACE_SHORT = Plan(
    faults={
        Kind.KILL: 7,
        Kind.STOP: 1,
        Kind.BROKER: 1,
        Kind.TAIL: 2,
        Kind.FLUSH: 1,
    },
    feed=GroupFeed(groups=2_000, groups_a_second=60),
    workers=6,
    partitions=8,
    upon=0.8,
    pause=1.0,
    patience=2.0,
    services=("dedupe",),
)
RACE_LONG = Plan(
    faults={
        Kind.KILL: 160,
        Kind.STOP: 32,
        Kind.BROKER: 3,
        Kind.COMMIT: 3,
        Kind.TAIL: 32,
        Kind.SNAPSHOT: 4,
        Kind.FLUSH: 12,
    },
    feed=GroupFeed(groups=30_000, groups_a_second=50),
    workers=6,
    partitions=8,
    upon=0.7,
    pause=1.5,
    patience=3.0,
    services=("dedupe",),
)


def schedule(plan: Plan, seed: int) -> list[Fault]:
    """Give the faults in their order: the same seed, the same faults."""
    source = random.Random(seed)
    kinds = [kind for kind, count in plan.faults.items() for _ in range(count)]
    source.shuffle(kinds)
    return _apart([_fault(plan, kind, source) for kind in kinds])


def _apart(faults: Sequence[Fault]) -> list[Fault]:
    """Let the services write for a while between a broker's death and the next loss of the index.

    A single broker may leave a transaction open when it comes back (docs/reliability.md, Assumed),
    which ends with the next one that writes there. A catch-up would wait for it for ever, and until
    it is over nothing is written.
    """
    found, is_open = list[Fault](), False
    for fault in faults:
        if is_open and fault.kind in INDEX_LOST:
            found[-1] = replace(found[-1], settles=True)
            found.append(replace(fault, pause=fault.pause + WRITES_SECONDS))
            is_open = False
        else:
            found.append(fault)
            is_open = is_open or fault.kind in BROKER_KILLED
    return found


def _fault(plan: Plan, kind: Kind, source: random.Random) -> Fault:
    stage = source.choice(plan.services)
    if kind in BROKER_KILLED:
        struck = None
    else:
        struck = stage if kind in (*WORKER_STRUCK, *NETWORK_FAILS) else "dedupe"
    return Fault(
        kind=kind,
        stage=struck,
        worker=source.randrange(plan.workers),
        pause=source.uniform(0.1, plan.pause),
        lasts=source.uniform(0.0, plan.away),
        share=source.random(),
        settles=source.random() >= plan.upon,
        server=source.choice(SERVERS[stage]),
    )
