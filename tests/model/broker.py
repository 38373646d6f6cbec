"""What the broker holds: the group's offsets, the open transactions, and ``unique``."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

T = TypeVar("T")
Owner = tuple[int, ...]
"""Lane and offset in ``papers`` of the record that emits a wording; () for none.

In the index a third number says whether the record of ``unique`` was seen in the log, and a near
copy has its paper as a fourth.
"""

OPEN, COMMITTED, ABORTED = "open", "committed", "aborted"


class Entry(NamedTuple):
    """One record of ``unique``."""

    wording: int
    owner: Owner
    state: str


Log = tuple[Entry, ...]


class Transaction(NamedTuple):
    """The transaction of one lane's producer.

    ``position`` is -1 until the commit is decided; ``awaited`` are the partitions of ``unique``
    that its markers have yet to reach.
    """

    position: int = -1
    awaited: tuple[int, ...] = ()


class Kafka(NamedTuple):
    """Offsets and transactions by lane, () where none is open; ``unique`` by partition.

    ``crashed`` are the records that have ended the process too often, as noted beside the offset.
    ``sighted`` are the wordings that lanes have passed as copies, each with the paper that it was
    taken for; noted where there are near copies. ``lineage`` is that of the index, 0 for none;
    ``naming`` one that is decided and does not show yet; ``namer`` the lock's token of whoever may
    write it.
    """

    committed: tuple[int, ...]
    transactions: tuple[tuple[()] | Transaction, ...]
    unique: tuple[Log, ...]
    crashed: tuple[Owner, ...] = ()
    sighted: tuple[tuple[int, int], ...] = ()
    lineage: int = 0
    naming: int = 0
    namer: int = 0


def put(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    """Give the items with one of them replaced."""
    return (*items[:at], item, *items[at + 1 :])


def appended(kafka: Kafka, partition: int, wording: int, owner: Owner) -> Kafka:
    """Append a record within the transaction of its owner's lane."""
    log = (*kafka.unique[partition], Entry(wording, owner, OPEN))
    return kafka._replace(
        unique=put(kafka.unique, partition, log),
        transactions=put(kafka.transactions, owner[0], Transaction()),
    )


def aborted(kafka: Kafka, lane: int) -> Kafka:
    """Abort a lane's transaction, if one is open."""
    unique = tuple(_ended(log, lane, ABORTED) for log in kafka.unique)
    return kafka._replace(unique=unique, transactions=put(kafka.transactions, lane, ()))


def committed(kafka: Kafka, lane: int, position: int, *, slow_markers: bool) -> Kafka:
    """Decide the commit of a lane; where markers are slow, the broker has yet to complete it."""
    open_in = (any(_is_open(entry, lane) for entry in log) for log in kafka.unique)
    awaited = tuple(number for number, held in enumerate(open_in) if held)
    decided = Transaction(position, awaited)
    kafka = kafka._replace(transactions=put(kafka.transactions, lane, decided))
    if slow_markers:
        return kafka
    for partition in awaited:
        kafka = marked(kafka, lane, partition)
    return completed(kafka, lane)


def marked(kafka: Kafka, lane: int, partition: int) -> Kafka:
    """Let the marker of a decided commit reach one partition of ``unique``."""
    transaction = kafka.transactions[lane]
    assert isinstance(transaction, Transaction)
    awaited = tuple(number for number in transaction.awaited if number != partition)
    return kafka._replace(
        unique=put(kafka.unique, partition, _ended(kafka.unique[partition], lane, COMMITTED)),
        transactions=put(kafka.transactions, lane, transaction._replace(awaited=awaited)),
    )


def completed(kafka: Kafka, lane: int) -> Kafka:
    """Let the last marker of a decided commit reach the group's offset."""
    transaction = kafka.transactions[lane]
    assert isinstance(transaction, Transaction)
    return kafka._replace(
        committed=put(kafka.committed, lane, transaction.position),
        transactions=put(kafka.transactions, lane, ()),
    )


def deciding(kafka: Kafka, lane: int) -> bool:
    """Say whether a commit is decided whose markers are still on their way."""
    transaction = kafka.transactions[lane]
    return isinstance(transaction, Transaction) and transaction.position >= 0


def stable_end(log: Log) -> int:
    """Give the last stable offset: where the first open transaction begins."""
    return next((at for at, entry in enumerate(log) if entry.state == OPEN), len(log))


def passed(kafka: Kafka) -> tuple[int, ...]:
    """Give the offset that each lane has committed, decided commits included."""
    return tuple(
        transaction[0] if transaction and transaction[0] >= 0 else at
        for at, transaction in zip(kafka.committed, kafka.transactions, strict=True)
    )


def emitted(kafka: Kafka) -> list[Entry]:
    """Give the committed records of ``unique``, decided commits included."""
    return [
        entry
        for log in kafka.unique
        for entry in log
        if entry.state == COMMITTED or (entry.state == OPEN and deciding(kafka, entry.owner[0]))
    ]


def _is_open(entry: Entry, lane: int) -> bool:
    return entry.state == OPEN and entry.owner[0] == lane


def _ended(log: Log, lane: int, state: str) -> Log:
    # What was aborted is nobody's any more: fewer worlds differ.
    end = (
        (lambda e: e._replace(state=state)) if state == COMMITTED else lambda _: Entry(0, (), state)
    )
    return tuple(end(entry) if _is_open(entry, lane) else entry for entry in log)
