"""What the protocol is made of: its mechanisms, and what happens without each."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


def _unless(sentence: str) -> bool:
    """Give a mechanism that is in place; the sentence tells what is done without it."""
    present: bool = field(default=True, metadata={"without": sentence})
    return present


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """All are in place; ``dataclasses.replace`` removes one."""

    mark_carried: bool = _unless("a claim asks whether the index has a mark, not which")
    mark_learned_first: bool = _unless("the mark is learned after the producer's start")
    validates_again: bool = _unless("a stale lane learns the new mark and goes on where it was")
    validates_first: bool = _unless("a lane catches up before its producer's start")
    learns_again: bool = _unless("a lane carries the mark of a catch-up that it ran or waited for")
    offset_read_last: bool = _unless("the committed offset is read before the producer's start")
    verifies: bool = _unless("the mark is not compared again before the commit")
    acknowledged_first: bool = _unless("the mark is compared before the records are appended")
    high_watermark: bool = _unless("catch-up ends at the last stable offset")
    lock_token: bool = _unless("catch-up writes without its lock")
    lock_lifetime: bool = _unless("catch-up writes into another lifetime of the server")
    lock_expires: bool = _unless("the lock of a dead worker stays")
    nonce: bool = _unless("the mark is the server's lifetime alone")
    replication_id: bool = _unless("a lifetime is the run id alone, which a failover brings back")
    where_absent: bool = _unless("catch-up overwrites owners")
    lineage_kept: bool = _unless("catch-up goes on from the checkpoint in whatever it finds")
    lineage_wiped: bool = _unless("a new lineage keeps what the old one held")
    lineage_fenced: bool = _unless("Kafka's lineage is read and written without fencing")
    lineage_first: bool = _unless("the mark is given before Kafka has the lineage")
    checkpoint_under_lock: bool = _unless("the checkpoint is read before the lock is taken")
    checkpoint_guarded: bool = _unless("the checkpoint is reported whatever the mark")
    checkpoint_acknowledged: bool = _unless("the checkpoint counts what is about to be appended")
    recorded_offset: bool = _unless("who owns a wording emits it, wherever the group stands")
    rewound_waits: bool = _unless("a lane that was rewound goes on with the index as it is")
    entries_marked: bool = _unless("an owner read from the log is stored like any other claim")
    release_guarded: bool = _unless("a claim is given up although its lane has passed it")
    near_settled: bool = _unless("a near copy is taken although its paper may yet become another's")
    canonical_only: bool = _unless("a near copy of a near copy is taken for one of its paper")
    pending_cuts: bool = _unless("what comes after a near copy that waits is claimed already")
    orphans_claim: bool = _unless("a near copy stays one although its paper was given up")
    later_yields: bool = _unless("a paper further on in its own lane is waited for")
    told_when_idle: bool = _unless("a lane without records does not report what it has committed")
    told_again: bool = _unless("a lane without records reports once, and not again after a loss")
    unknown_commit_dies: bool = _unless("a commit without an answer is done again in place")


def absence(name: str) -> str:
    """Say what is done without a mechanism."""
    found = next(mechanism for mechanism in fields(Mechanisms) if mechanism.name == name)
    return str(found.metadata["without"])
