"""The scenarios: what must hold, what each mechanism is for, and what is not promised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.model.mechanisms import Mechanisms
from tests.model.scenario import ASTRAY, DOUBLE, INDEX, LOST, STUCK, Papers, Scenario
from tests.model.world import Faults

ONE: Papers = ((0,), (0,))
THREE: Papers = ((0,), (0,), (0,))
CROSSED: Papers = ((0, 1), (1, 0))
UNEVEN: Papers = ((0, 1), (1,))
PAIR: Papers = ((0,), (1,))


def _holds(name: str, papers: Papers, faults: Faults, **more: Any) -> Scenario:
    return Scenario(name, papers, faults, **more)


def _fails(
    mechanism: str, breaks: str | None, faults: Faults, *, also: str | None = None, **more: Any
) -> Scenario:
    """Remove a mechanism; where ``breaks`` is None, nothing comes of it.

    Where it is a second line of defence, ``also`` is the first.
    """
    removed = {name: False for name in (mechanism, also) if name}
    settings: dict[str, Any] = {
        "papers": ONE,
        "mechanisms": replace(Mechanisms(), **removed),
    } | more
    return Scenario(name=mechanism, faults=faults, breaks=breaks, without=mechanism, **settings)


def _limit(name: str, breaks: str, faults: Faults, **more: Any) -> Scenario:
    return Scenario(name, **{"papers": ONE} | more, faults=faults, breaks=breaks)


PAIRED: dict[str, Any] = {"handled": 2, "written": 2}
SPREAD: dict[str, Any] = {"spread": (0, 1), "slow_markers": True}
ANEW: dict[str, Any] = {"rewinds_untold": True, "rewinds_anew": True}

NEAR: dict[str, Any] = {"alike": ((0, 1),)}
CHAIN: dict[str, Any] = {"alike": ((0, 1), (1, 2)), "spread": (0, 0, 0)}

LONG_CHAIN: dict[str, Any] = CHAIN | {"slow": True}
LATE: dict[str, Any] = LONG_CHAIN | {"spread": (0, 1, 0), "slow_markers": True}
EACH: Papers = ((0,), (1,), (2,))
FIRSTS: Papers = ((0, 2), (1,))
ENDS: Papers = ((2, 0), (1,))
CROSSED_NEAR: Papers = ((0, 1), (2, 1))
IDLE: Papers = ((0,), (2, 1))
"""The second lane's last is like the first lane's, which has no more."""

CIRCLE: dict[str, Any] = {
    "papers": ((0, 1), (2, 3), (4, 5)),
    "alike": ((0, 3), (1, 2), (0, 4), (2, 4)),
    "spread": (0,) * 6,
    "handled": 2,
}
"""Two lanes whose second records are like the other's first, which wait for a third lane."""

ORPHAN: dict[str, Any] = {"papers": ((0, 1),)} | NEAR | PAIRED
BEHIND: dict[str, Any] = {"papers": ((0, 1), (0, 2))} | CHAIN | PAIRED
"""The second lane's near copy is behind a copy of what the first lane has."""

ONE_UP = Faults(deaths=1, crashes=1)
"""One record is given up; a worker dies besides."""

UNDONE = Faults(losses=1, flushes=1)

HOLDS = (
    _holds("index lost, a worker killed", ONE, Faults(losses=1, deaths=1)),
    _holds("cold start, a worker killed", ONE, Faults(deaths=1), cold=True),
    _holds("cold start, a worker frozen", ONE, Faults(zombies=1), cold=True),
    _holds("cold start, FLUSHALL", ONE, Faults(flushes=1), cold=True),
    _holds(
        "cold start, index lost half way", ONE, Faults(losses=1), cold=True, notes_progress=True
    ),
    _holds("FLUSHALL, the lock runs out", ONE, Faults(flushes=1, expiries=1)),
    _holds("a batch in two transactions", CROSSED, Faults(losses=1), handled=2),
    _holds("commits arrive late", UNEVEN, Faults(losses=1), **PAIRED, **SPREAD),
    _holds("answers lost, slow transactions", ONE, Faults(losses=1, timeouts=1, replies=1)),
    _holds("rewound untold, made anew", ONE, Faults(rewinds=1, deaths=1), **ANEW),
    _holds("FLUSHALL undone by a restart", ONE, UNDONE),
    _holds("index lost, Kafka forgets", ONE, Faults(losses=1, forgets=1)),
    _holds("rewound, then FLUSHALL", ONE, Faults(rewinds=1, flushes=1)),
    _holds("rewound, then given up", ONE, Faults(rewinds=1, crashes=1)),
    _holds("a record given up, FLUSHALL", ONE, Faults(crashes=1, deaths=1, flushes=1)),
    _holds("near copies, index lost", IDLE, Faults(losses=1), **CHAIN),
    _holds("near copies crossed", CROSSED_NEAR, Faults(losses=1), **CHAIN, **PAIRED),
    _holds("near copies, FLUSHALL", ENDS, Faults(flushes=1, deaths=1), **CHAIN, **PAIRED),
    _holds("near copies, a worker frozen", ENDS, Faults(zombies=1, deaths=1), **CHAIN, **PAIRED),
    _holds("near copies, FLUSHALL undone", PAIR, UNDONE, **NEAR),
    _holds("near copies, cold start", PAIR, Faults(deaths=1, flushes=1), **NEAR, cold=True),
    _holds("near copies, rewound", ENDS, Faults(rewinds=1, deaths=1), **CHAIN),
    _holds("near copies in two transactions", CROSSED_NEAR, Faults(losses=1), **CHAIN, handled=2),
    _holds("near copies in a circle, one given up", faults=Faults(crashes=1), **CIRCLE),
    _holds("near copies, their paper given up", faults=ONE_UP, **ORPHAN),
    _holds("near copies behind a copy, one given up", faults=ONE_UP, **BEHIND),
    _holds("near copies in three lanes", EACH, Faults(flushes=1), **CHAIN),
    _holds("near copies, a worker killed", ENDS, Faults(losses=1, deaths=1), **LONG_CHAIN),
    _holds("near copies, commits late", CROSSED_NEAR, Faults(losses=1), **LATE, **PAIRED),
    _holds(
        "near copies, answers lost", ENDS, Faults(losses=1, replies=1, timeouts=1), **LONG_CHAIN
    ),
    _holds(
        "near copies, FLUSHALL, a worker frozen", FIRSTS, Faults(flushes=1, zombies=1), **LONG_CHAIN
    ),
    _holds(
        "near copies, index lost, a worker frozen",
        PAIR,
        Faults(losses=1, zombies=1),
        **NEAR,
        slow=True,
    ),
    _holds("near copies in three lanes, index lost", EACH, Faults(losses=1), **LONG_CHAIN),
    _holds("FLUSHALL undone, lineages late", ONE, UNDONE, slow_lineage=True, slow=True),
    _holds(
        "FLUSHALL undone, the lock runs out",
        ONE,
        UNDONE._replace(expiries=1),
        slow_lineage=True,
        slow=True,
    ),
    _holds("FLUSHALL undone, a worker killed", ONE, UNDONE._replace(deaths=1), slow=True),
    _holds("FLUSHALL undone, a worker frozen", ONE, UNDONE._replace(zombies=1), slow=True),
    _holds("FLUSHALL undone, Kafka forgets", ONE, UNDONE._replace(forgets=1), slow=True),
    _holds("FLUSHALL undone twice", ONE, UNDONE._replace(losses=2), slow=True),
    _holds(
        "rewound, FLUSHALL, a worker killed",
        ONE,
        Faults(rewinds=1, flushes=1, deaths=1),
        slow=True,
    ),
    _holds(
        "rewound, index lost, a worker killed",
        ONE,
        Faults(rewinds=1, losses=1, deaths=1),
        slow=True,
    ),
    _holds(
        "rewound, a worker killed, another frozen",
        ONE,
        Faults(rewinds=1, zombies=1, deaths=1),
        slow=True,
    ),
    _holds("rewound, a worker frozen", ONE, Faults(rewinds=1, zombies=1), slow=True),
    _holds("rewound, then index lost", ONE, Faults(rewinds=1, losses=1), slow=True),
    _holds("index lost twice", ONE, Faults(losses=2), slow=True),
    _holds("index lost twice, a worker killed", ONE, Faults(losses=2, deaths=1), slow=True),
    _holds("index lost, a worker frozen", ONE, Faults(losses=1, zombies=1), slow=True),
    _holds("FLUSHALL, a worker frozen", ONE, Faults(flushes=1, zombies=1), slow=True),
    _holds("FLUSHALL twice, a worker killed", ONE, Faults(flushes=2, deaths=1), slow=True),
    _holds(
        "cold start, FLUSHALL, a worker frozen",
        ONE,
        Faults(flushes=1, zombies=1),
        cold=True,
        slow=True,
    ),
    _holds(
        "cold start, index lost, the lock runs out",
        ONE,
        Faults(losses=1, expiries=1, deaths=1),
        cold=True,
        notes_progress=True,
        slow=True,
    ),
    _holds(
        "cold start, index lost, a worker frozen",
        ONE,
        Faults(losses=1, zombies=1),
        cold=True,
        slow=True,
    ),
    _holds("cold start, two workers frozen", ONE, Faults(zombies=2), cold=True, slow=True),
    _holds("three lanes, a worker killed", THREE, Faults(losses=1, deaths=1), slow=True),
    _holds("three lanes, index lost", THREE, Faults(losses=1), slow=True),
    _holds("crossed, a worker killed", CROSSED, Faults(losses=1, deaths=1), slow=True, **PAIRED),
    _holds("crossed, a worker frozen", CROSSED, Faults(zombies=1, replies=1), slow=True),
    _holds("crossed, commits late", CROSSED, Faults(losses=1), slow=True, **PAIRED, **SPREAD),
)

REMOVED = (
    _fails("mark_carried", DOUBLE, Faults(losses=1)),
    _fails("mark_learned_first", LOST, Faults(flushes=1, zombies=1), cold=True),
    _fails("validates_again", LOST, Faults(losses=1, zombies=1)),
    _fails("validates_first", STUCK, Faults(losses=1, deaths=1)),
    _fails("learns_again", LOST, Faults(flushes=1, zombies=1), cold=True),
    _fails("offset_read_last", DOUBLE, Faults(zombies=1)),
    _fails("verifies", DOUBLE, Faults(losses=1)),
    _fails("acknowledged_first", DOUBLE, Faults(losses=1)),
    _fails("high_watermark", DOUBLE, Faults(losses=1)),
    _fails("lock_token", DOUBLE, Faults(flushes=2)),
    _fails("lock_lifetime", DOUBLE, Faults(losses=1, flushes=1)),
    _fails("lock_expires", STUCK, Faults(deaths=1), cold=True),
    _fails("nonce", DOUBLE, Faults(flushes=1)),
    _fails("replication_id", DOUBLE, Faults(losses=2)),
    _fails("where_absent", None, Faults(losses=1, deaths=1)),
    _fails("checkpoint_under_lock", DOUBLE, Faults(losses=1, flushes=1)),
    _fails("checkpoint_guarded", DOUBLE, Faults(losses=1)),
    _fails("checkpoint_acknowledged", DOUBLE, Faults(losses=1), papers=UNEVEN),
    _fails("recorded_offset", DOUBLE, Faults(rewinds=1), also="rewound_waits"),
    _fails("rewound_waits", LOST, Faults(rewinds=1, flushes=1, deaths=1)),
    _fails("lineage_kept", DOUBLE, UNDONE),
    _fails("lineage_wiped", DOUBLE, UNDONE),
    _fails("lineage_fenced", DOUBLE, UNDONE, slow_lineage=True),
    _fails("lineage_first", DOUBLE, UNDONE),
    _fails("entries_marked", DOUBLE, Faults(rewinds=1, flushes=1)),
    _fails("release_guarded", DOUBLE, Faults(rewinds=1, crashes=1), also="rewound_waits"),
    _fails("near_settled", LOST, Faults(losses=1), papers=ENDS, **CHAIN),
    _fails("canonical_only", LOST, Faults(), papers=((0, 1, 2),), **CHAIN),
    _fails("pending_cuts", STUCK, Faults(crashes=1), **CIRCLE),
    _fails("orphans_claim", LOST, ONE_UP, **ORPHAN),
    _fails("later_yields", STUCK, ONE_UP, **BEHIND),
    _fails("told_when_idle", STUCK, Faults(), also="told_again", papers=PAIR, **NEAR),
    _fails("told_again", STUCK, Faults(losses=1), papers=IDLE, **NEAR, spread=(0, 0, 0)),
    _fails("unknown_commit_dies", DOUBLE, Faults(replies=1)),
)

LIMITS = (
    _limit(
        "a copy's paper becomes another's",
        ASTRAY,
        Faults(flushes=1),
        papers=((1,), (1, 0)),
        **NEAR,
    ),
    _limit("rewound untold", DOUBLE, Faults(rewinds=1, deaths=1), rewinds_untold=True),
    _limit(
        "rewound, what was told lost", DOUBLE, Faults(rewinds=1, losses=1), papers=UNEVEN, slow=True
    ),
    _limit("given up, a worker frozen", INDEX, Faults(crashes=1, zombies=1)),
    _limit("given up, index lost", INDEX, Faults(crashes=1, deaths=1, losses=1)),
)

SCENARIOS = HOLDS + REMOVED + LIMITS
