"""The rules of the ledger: what must have come of each input, and whence each output."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.cli.accounts import Account, Entries, Entry, Input, Reach
from services.common.records import Verdict
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, PAPERS, SIGHTINGS, UNIQUE

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


def pages_give(ingest: Account) -> Check:
    """Check that no page went by without a trace."""

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


def pages_give_all(ingest: Account) -> Check:
    """Check that no page gave less than it lists."""
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


def papers_are_sighted(dedupe: Account) -> Check:
    """Check that each paper record was sighted once; a takedown, of no page, is not."""

    def off(paper: Input) -> str | None:
        sightings, letters = _counts(dedupe, paper, SIGHTINGS.name, DEAD_LETTER.name)
        if sightings + letters == (0 if dedupe.inputs[paper].is_control and not letters else 1):
            return None
        return f"gave {sightings} sightings and {letters} dead letters"

    return _each("each paper record gave one sighting or dead letter", dedupe.inputs, off)


def new_ones_are_unique(dedupe: Account) -> Check:
    """Check that what was sighted as new or revised was emitted, and nothing else."""
    findings = []
    expected = found = 0
    for paper, entry in dedupe.inputs.items():
        emitting = sum(e.verdict in EMITTING for e in dedupe.of(SIGHTINGS.name, paper))
        (unique,) = _counts(dedupe, paper, UNIQUE.name)
        if entry.is_control and unique < 2:
            continue  # One that came too late has no effect.
        expected, found = expected + emitting, found + unique
        if emitting != unique:
            what = f"was sighted {emitting} times as new or revised and is {unique} times on unique"
            findings.append(Finding(str(paper), what))
    return Check("each new or revised sighting is on unique", expected, found, tuple(findings))


def sighted_papers_exist(dedupe: Account, held: Entries) -> Check:
    """Check that no sighting is of a paper that was never emitted."""
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


def unique_are_enriched(embed: Account) -> Check:
    """Check that each paper was embedded once."""
    latest = _latest(embed)

    def off(paper: Input) -> str | None:
        enriched, letters = _counts(embed, paper, ENRICHED.name, DEAD_LETTER.name)
        entry = embed.inputs[paper]
        # Compaction keeps the latest revision of a paper alone, and no null for long.
        may_be_gone = entry.forgotten or latest[entry.paper_id].revision > entry.revision
        if enriched + letters == 1 or (enriched + letters == 0 and may_be_gone):
            return None
        return f"gave {enriched} enriched papers and {letters} dead letters"

    return _each("each unique paper gave one enriched or dead letter", embed.inputs, off)


def forgotten_are_gone(embed: Account, held: Entries) -> Check:
    """Check that ``enriched`` ends with a null, or nothing, for a paper that was taken down."""
    down = {paper for paper, entry in _latest(embed).items() if entry.forgotten}
    last: dict[str | None, Entry] = {}
    for entry in held[ENRICHED.name]:
        if entry.paper_id in down and entry.offset >= last.get(entry.paper_id, entry).offset:
            last[entry.paper_id] = entry
    there = [entry for entry in last.values() if not entry.forgotten]
    findings = tuple(Finding(e.place, f"paper {e.paper_id} was taken down") for e in there)
    return Check("no paper that was taken down is on enriched", 0, len(there), findings)


def _latest(embed: Account) -> dict[str | None, Entry]:
    """Give the latest revision of each paper that is through."""
    latest: dict[str | None, Entry] = {}
    for entry in embed.inputs.values():
        if entry.revision >= latest.get(entry.paper_id, entry).revision:
            latest[entry.paper_id] = entry
    return latest


def once(rule: str, entries: Sequence[Entry], key: Callable[[Entry], Hashable]) -> Check:
    """Check that no key is there twice; records whose key is None do not count."""
    places: dict[Hashable, list[str]] = {}
    for entry in entries:
        if (found := key(entry)) is not None:
            places.setdefault(found, []).append(entry.place)
    doubles = (where for where in places.values() if len(where) > 1)
    findings = tuple(Finding(where[0], f"is also at {', '.join(where[1:])}") for where in doubles)
    return Check(rule, len(places), sum(map(len, places.values())), findings)


def came_of_something(accounts: Sequence[Account], held: Entries) -> Check:
    """Check that each record came of an input that was committed."""
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
    if entry.is_control or entry.is_redriven:
        return None
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
