"""The ledger: what came in against what came out, stage by stage, by input coordinates.

Every record that a stage writes carries the coordinates of the input record that it came of, in the
same transaction as the offset. So for each input below the committed offset the outputs are known
exactly, and whatever is missing, double or came of nothing has a place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.cli import checks
from services.cli.accounts import Reach
from services.cli.books import Books
from services.cli.checks import Check
from services.common.topics import ENRICHED, TOPICS, UNIQUE


@dataclass(frozen=True, slots=True)
class Ledger:
    """What every stage holds, and whether it adds up.

    ``records`` are by topic; ``dead_letters`` and ``waiting`` (inputs not yet through) by stage.
    """

    records: Mapping[str, int]
    verdicts: Mapping[str, int]
    dead_letters: Mapping[str, int]
    waiting: Mapping[str, int]
    checks: tuple[Check, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing is off."""
        return not any(check.off for check in self.checks)


def ledger(books: Books, reaches: Sequence[Reach], *, since: int = 0) -> Ledger:
    """Draw up the ledger.

    Args:
        books: every record of every topic.
        reaches: of ingest, dedupe and embed.
        since: milliseconds since 1970; inputs from before are not compared.
    """
    ingest, dedupe, embed = reaches
    books.reached(reaches, since)
    books.index()
    return Ledger(
        records={topic.name: _count(books, topic.name) for topic in TOPICS},
        verdicts=dict(
            map(
                tuple,
                books.select(
                    "SELECT verdict, count(*) FROM entry "
                    "WHERE topic = 'sightings' AND verdict NOT NULL GROUP BY verdict"
                ),
            )
        ),
        dead_letters={reach.stage: _letters(books, reach) for reach in reaches},
        waiting={reach.stage: _waiting(books, reach) for reach in reaches},
        checks=(
            checks.pages_give(books, ingest),
            checks.pages_give_all(books, ingest),
            checks.papers_are_sighted(books, dedupe),
            checks.new_ones_are_unique(books, dedupe),
            checks.sighted_papers_exist(books, dedupe),
            checks.owners_are_inputs(books, dedupe),
            checks.unique_are_enriched(books, embed),
            checks.once(
                books, "each wording is on unique once", UNIQUE.name, "wording", "wording NOT NULL"
            ),
            checks.once(
                books,
                "each revision is on enriched once",
                ENRICHED.name,
                "paper",
                "paper NOT NULL AND NOT forgotten",
            ),
            checks.forgotten_are_gone(books, embed),
            checks.came_of_something(books, reaches),
        ),
    )


def _count(books: Books, topic: str) -> int:
    return books.number("SELECT count(*) FROM entry WHERE topic = :topic", topic=topic)


def _letters(books: Books, reach: Reach) -> int:
    origin = books.origin(reach.group, reach.source_name)
    query = "SELECT count(*) FROM entry WHERE topic = 'dead-letter' AND origin = :origin"
    return books.number(query, origin=origin)


def _waiting(books: Books, reach: Reach) -> int:
    return books.number(
        "SELECT count(*) FROM entry i LEFT JOIN reach r "
        'ON r.stage = :stage AND r."partition" = i."partition" '
        'WHERE i.topic = :source AND i."offset" >= coalesce(r.committed, 0)',
        stage=reach.stage,
        source=reach.source,
    )
