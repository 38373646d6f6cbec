"""The ledger: what came in against what came out, stage by stage, by input coordinates.

Every record that a stage writes carries the coordinates of the input record that it came of, in the
same transaction as the offset. So for each input below the committed offset the outputs are known
exactly, and whatever is missing, double or came of nothing has a place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.cli import checks
from services.cli.accounts import Account, Entry, Reach, account
from services.cli.checks import Check
from services.common.topics import DEAD_LETTER, ENRICHED, SIGHTINGS, TOPICS, UNIQUE


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
        return not any(check.findings for check in self.checks)


def ledger(entries: Iterable[Entry], reaches: Sequence[Reach]) -> Ledger:
    """Draw up the ledger.

    Args:
        entries: every record of every topic, in any order.
        reaches: of ingest, dedupe and embed.
    """
    held: dict[str, list[Entry]] = {topic.name: [] for topic in TOPICS}
    for entry in entries:
        held[entry.topic].append(entry)
    ingest, dedupe, embed = accounts = [account(reach, held) for reach in reaches]
    verdicts = (entry.verdict for entry in held[SIGHTINGS.name])
    return Ledger(
        records={topic: len(found) for topic, found in held.items()},
        verdicts=dict(Counter(verdict.value for verdict in verdicts if verdict is not None)),
        dead_letters={a.reach.stage: _written(a, held[DEAD_LETTER.name]) for a in accounts},
        waiting={a.reach.stage: a.waiting for a in accounts},
        checks=(
            checks.pages_give(ingest),
            checks.pages_give_all(ingest),
            checks.papers_are_sighted(dedupe),
            checks.new_ones_are_unique(dedupe),
            checks.sighted_papers_exist(dedupe, held),
            checks.unique_are_enriched(embed),
            checks.once("each wording is on unique once", held[UNIQUE.name], _emission),
            checks.once("each revision is on enriched once", held[ENRICHED.name], _revision),
            checks.forgotten_are_gone(embed, held),
            checks.came_of_something(accounts, held),
        ),
    )


def _written(stage: Account, letters: Sequence[Entry]) -> int:
    return sum(stage.reach.wrote(letter) for letter in letters)


def _emission(entry: Entry) -> Hashable:
    """A wording of a paper that was taken down comes again, with another revision."""
    return None if entry.wording_id is None else (entry.wording_id, entry.revision)


def _revision(entry: Entry) -> Hashable:
    return None if entry.forgotten or entry.paper_id is None else (entry.paper_id, entry.revision)
