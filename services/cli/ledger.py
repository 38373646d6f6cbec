"""The ledger: what came in against what came out, stage by stage, by input coordinates.

Every record that a stage writes carries the coordinates of the input record that it came of, in the
same transaction as the offset. So for each input below the committed offset the outputs are known
exactly, and whatever is missing, double or came of nothing has a place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.cli.accounts import Account, Entries, Entry, Input, Reach, account
from services.common.records import Verdict
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, PAPERS, SIGHTINGS, TOPICS, UNIQUE

EMITTING = (Verdict.NEW, Verdict.REVISED)
"""The verdicts that put a paper on ``unique``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up, and where."""

    place: str
    what: str


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: so much was ``expected``, so much was ``found``, and what is off."""

    rule: str
    expected: int
    found: int
    findings: tuple[Finding, ...]


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
            _pages_give(ingest),
            _pages_give_all(ingest),
            _papers_are_sighted(dedupe),
            _new_ones_are_unique(dedupe),
            _sighted_papers_exist(dedupe, held),
            _unique_are_enriched(embed, held),
            _once("each wording is on unique once", held[UNIQUE.name], lambda e: e.wording_id),
            _once("each revision is on enriched once", held[ENRICHED.name], _revision),
            _came_of_something(accounts, held),
        ),
    )


def _pages_give(ingest: Account) -> Check:
    def off(page: Input) -> str | None:
        (papers,) = _counts(ingest, page, PAPERS.name)
        letters = ingest.of(DEAD_LETTER.name, page)
        items = sum(letter.is_item for letter in letters)
        whole = len(letters) - items
        if _adds_up(ingest.inputs[page], papers=papers, items=items, whole=whole):
            return None
        return f"gave {papers} papers, {items} bad items and {whole} dead letters"

    return _each("each page gave papers, one dead letter, or lists none", ingest.inputs, off)


def _adds_up(page: Entry, *, papers: int, items: int, whole: int) -> bool:
    """Tell whether a page may have given so many papers, bad items and dead letters of itself."""
    if papers:
        return whole == 0
    if whole:
        return (whole, items) == (1, 0)
    # Nothing, or bad items alone: right where the page, read again, lists just that.
    return (page.papers_on_page, page.bad_items) == (0, items)


def _pages_give_all(ingest: Account) -> Check:
    listed = {
        page: max((paper.papers_on_page or 0 for paper in papers), default=0)
        for page in ingest.inputs
        if (papers := ingest.of(PAPERS.name, page))
    }
    given = {page: len(ingest.of(PAPERS.name, page)) for page in listed}
    findings = [
        Finding(str(page), f"lists {listed[page]} papers and gave {given[page]}")
        for page in listed
        if listed[page] != given[page]
    ]
    return Check(
        "each page gave every paper that it lists",
        sum(listed.values()),
        sum(given.values()),
        tuple(findings),
    )


def _papers_are_sighted(dedupe: Account) -> Check:
    def off(paper: Input) -> str | None:
        sightings, letters = _counts(dedupe, paper, SIGHTINGS.name, DEAD_LETTER.name)
        if sightings + letters == 1:
            return None
        return f"gave {sightings} sightings and {letters} dead letters"

    return _each("each paper record gave one sighting or dead letter", dedupe.inputs, off)


def _new_ones_are_unique(dedupe: Account) -> Check:
    findings = []
    expected = found = 0
    for paper in dedupe.inputs:
        emitting = sum(e.verdict in EMITTING for e in dedupe.of(SIGHTINGS.name, paper))
        (unique,) = _counts(dedupe, paper, UNIQUE.name)
        expected, found = expected + emitting, found + unique
        if emitting != unique:
            what = f"was sighted {emitting} times as new or revised and is {unique} times on unique"
            findings.append(Finding(str(paper), what))
    return Check("each new or revised sighting is on unique", expected, found, tuple(findings))


def _sighted_papers_exist(dedupe: Account, held: Entries) -> Check:
    known = {entry.paper_id for entry in held[UNIQUE.name]}
    reach = dedupe.reach
    sightings = [
        entry
        for entry in held[SIGHTINGS.name]
        # One that was written just now may be of a paper written after unique was read.
        if not (reach.wrote(entry) and _is_later(reach, entry))
    ]
    dangling = [entry for entry in sightings if entry.paper_id not in known]
    return Check(
        "each sighting's paper is on unique",
        len(sightings),
        len(sightings) - len(dangling),
        tuple(Finding(e.place, f"paper {e.paper_id} is not on unique") for e in dangling),
    )


def _unique_are_enriched(embed: Account, held: Entries) -> Check:
    latest: dict[str | None, int] = {}
    for entry in held[ENRICHED.name]:
        latest[entry.paper_id] = max(entry.revision, latest.get(entry.paper_id, 0))

    def off(paper: Input) -> str | None:
        enriched, letters = _counts(embed, paper, ENRICHED.name, DEAD_LETTER.name)
        entry = embed.inputs[paper]
        # Compaction keeps the latest revision of a paper alone.
        superseded = latest.get(entry.paper_id, 0) > entry.revision
        if enriched + letters == 1 or (enriched + letters == 0 and superseded):
            return None
        return f"gave {enriched} enriched papers and {letters} dead letters"

    return _each("each unique paper gave one enriched or dead letter", embed.inputs, off)


def _once(rule: str, entries: Sequence[Entry], key: Callable[[Entry], Hashable]) -> Check:
    places: dict[Hashable, list[str]] = {}
    for entry in entries:
        if (found := key(entry)) is not None:
            places.setdefault(found, []).append(entry.place)
    doubles = (where for where in places.values() if len(where) > 1)
    findings = tuple(Finding(where[0], f"is also at {', '.join(where[1:])}") for where in doubles)
    return Check(rule, len(places), sum(map(len, places.values())), findings)


def _came_of_something(accounts: Sequence[Account], held: Entries) -> Check:
    outputs = [entry for topic, found in held.items() if topic != PAGES.name for entry in found]
    findings = [
        Finding(entry.place, what)
        for entry in outputs
        if (what := _baseless(entry, accounts)) is not None
    ]
    return Check(
        "each record came of one that was committed",
        len(outputs),
        len(outputs) - len(findings),
        tuple(findings),
    )


def _baseless(entry: Entry, accounts: Sequence[Account]) -> str | None:
    """Say why a record cannot have come of its input; of another group nothing is known."""
    found = entry.input
    if found is None:
        return "does not say which record it came of"
    for each in accounts:
        reach = each.reach
        if not reach.wrote(entry) or found.offset < reach.begins.get(found.partition, 0):
            continue
        if found.offset >= reach.most.get(found.partition, 0):
            return f"came of {found}, which {reach.stage} has not committed"
        if reach.done(found.partition, found.offset) and found not in each.inputs:
            return f"came of {found}, which is not there"
    return None


def _is_later(reach: Reach, entry: Entry) -> bool:
    assert entry.input is not None
    return not reach.done(entry.input.partition, entry.input.offset)


def _each(rule: str, inputs: Mapping[Input, Entry], off: Callable[[Input], str | None]) -> Check:
    findings = tuple(Finding(str(each), what) for each in inputs if (what := off(each)) is not None)
    return Check(rule, len(inputs), len(inputs) - len(findings), findings)


def _counts(stage: Account, source: Input, *topics: str) -> Iterator[int]:
    return (len(stage.of(topic, source)) for topic in topics)


def _written(stage: Account, letters: Sequence[Entry]) -> int:
    return sum(stage.reach.wrote(letter) for letter in letters)


def _revision(entry: Entry) -> Hashable:
    return None if entry.paper_id is None else (entry.paper_id, entry.revision)
