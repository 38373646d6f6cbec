"""The rules of the ledger: what must have come of each input, and whence each output."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from sqlite3 import Row

from services.cli.accounts import Reach
from services.cli.books import NOBODY, Books
from services.dedupe.emitting import EMITTING

MOST_FINDINGS = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up, and where."""

    place: str
    what: str


@dataclass(slots=True)
class Check:
    """One rule: so much was ``expected``, so much was ``found``, and how many are ``off``.

    ``findings`` are the first thousand of these.
    """

    rule: str
    expected: int = 0
    found: int = 0
    off: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, place: str, what: str) -> None:
        """Take note of something that is off."""
        self.off += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(place, what))


def came(topic: str, condition: str = "TRUE", what: str = "count(*)") -> str:
    """Give the part of a query that counts what came of an input ``i`` on a topic."""
    return (
        f"(SELECT {what} FROM entry o INDEXED BY came_of "  # noqa: S608
        f"WHERE o.topic = '{topic}' AND o.origin = :origin "
        f'AND o.input_partition = i."partition" AND o.input_offset = i."offset" AND {condition})'
    )


def inputs(books: Books, reach: Reach, **parts: str) -> Iterator[Row]:
    """Yield a stage's inputs whose outcome is committed, with what came of each, in order."""
    columns = "".join(f", {part} AS {name}" for name, part in parts.items())
    query = (
        f"SELECT i.*{columns} FROM entry i JOIN reach r "  # noqa: S608
        'ON r.stage = :stage AND r."partition" = i."partition" '
        'WHERE i.topic = :source AND i."offset" < r.committed AND i.at >= r.since '
        'ORDER BY i."partition", i."offset"'
    )
    return books.select(query, **_named(books, reach))


def pages_give(books: Books, ingest: Reach) -> Check:
    """Check that no page went by without a trace."""

    def off(page: Row) -> str | None:
        papers, items, whole = page["papers"], page["items"], page["whole"]
        # Nothing, or bad items alone: right where the page, read again, lists just that.
        lists_just_that = (page["papers_on_page"], page["bad_items"]) == (0, items)
        if (papers and not whole) or (not papers and (whole, items) == (1, 0)):
            return None
        if not papers and not whole and lists_just_that:
            return None
        return f"gave {papers} papers, {items} bad items and {whole} dead letters"

    pages = inputs(
        books,
        ingest,
        papers=came("papers"),
        items=came("dead-letter", "o.is_item"),
        whole=came("dead-letter", "NOT o.is_item"),
    )
    return _each(books, "each page gave papers, one dead letter, or lists none", pages, off)


def pages_give_all(books: Books, ingest: Reach) -> Check:
    """Check that no page gave less than it lists."""
    check = Check("each page gave every paper that it lists")
    parts = {"given": came("papers"), "listed": came("papers", what="max(o.papers_on_page)")}
    for page in inputs(books, ingest, **parts):
        listed, given = page["listed"] or 0, page["given"]
        check.expected, check.found = check.expected + listed, check.found + given
        if listed != given:
            check.add(_place(books, page), f"lists {listed} papers and gave {given}")
    return check


def papers_are_sighted(books: Books, dedupe: Reach) -> Check:
    """Check that each paper record was sighted once; a takedown, of no page, is not."""

    def off(paper: Row) -> str | None:
        sightings, letters = paper["sightings"], paper["letters"]
        if sightings + letters == (0 if paper["is_control"] and not letters else 1):
            return None
        return f"gave {sightings} sightings and {letters} dead letters"

    papers = inputs(books, dedupe, sightings=came("sightings"), letters=came("dead-letter"))
    return _each(books, "each paper record gave one sighting or dead letter", papers, off)


def new_ones_are_unique(books: Books, dedupe: Reach) -> Check:
    """Check that what was sighted as new or revised was emitted, and nothing else."""
    check = Check("each new or revised sighting is on unique")
    verdicts = tuple(verdict.value for verdict in EMITTING)
    emitting = came("sightings", f"o.verdict IN {verdicts}")
    for paper in inputs(books, dedupe, emitting=emitting, emitted=came("unique")):
        sighted, unique = paper["emitting"], paper["emitted"]
        if paper["is_control"] and unique < 2:
            continue  # One that came too late has no effect.
        check.expected, check.found = check.expected + sighted, check.found + unique
        if sighted != unique:
            what = f"was sighted {sighted} times as new or revised and is {unique} times on unique"
            check.add(_place(books, paper), what)
    return check


def sighted_papers_exist(books: Books, dedupe: Reach) -> Check:
    """Check that no sighting is of a paper that was never emitted."""
    check = Check("each sighting's paper is on unique")
    # One that was written just now may be of a paper written after unique was read.
    settled = (
        "FROM entry s WHERE s.topic = 'sightings' AND NOT (s.origin = :origin "
        "AND s.input_offset >= coalesce((SELECT committed FROM reach r WHERE r.stage = :stage "
        'AND r."partition" = s.input_partition), 0))'
    )
    missing = (
        "NOT EXISTS (SELECT 1 FROM entry u INDEXED BY of_paper "
        "WHERE u.topic = 'unique' AND u.paper = s.paper)"
    )
    values = _named(books, dedupe)
    check.expected = books.number(f"SELECT count(*) {settled}", **values)
    for sighting in books.select(f"SELECT s.* {settled} AND {missing}", **values):
        check.add(_place(books, sighting), f"paper {sighting['paper']} is not on unique")
    check.found = check.expected - check.off
    return check


def unique_are_enriched(books: Books, embed: Reach) -> Check:
    """Check that each paper was embedded once."""

    def off(paper: Row) -> str | None:
        enriched, letters = paper["enriched"], paper["letters"]
        # Compaction keeps the latest revision of a paper alone, and no null for long.
        may_be_gone = paper["forgotten"] or (paper["latest"] or 0) > paper["revision"]
        if enriched + letters == 1 or (enriched + letters == 0 and may_be_gone):
            return None
        return f"gave {enriched} enriched papers and {letters} dead letters"

    papers = inputs(
        books,
        embed,
        enriched=came("enriched"),
        letters=came("dead-letter"),
        latest=LATEST,
    )
    return _each(books, "each unique paper gave one enriched or dead letter", papers, off)


LATEST = (
    "(SELECT max(u.revision) FROM entry u INDEXED BY of_paper WHERE u.topic = 'unique' "
    'AND u.paper = i.paper AND u."partition" = i."partition" AND u."offset" < r.committed)'
)
"""The latest revision of the paper of an input ``i`` that is through."""


def forgotten_are_gone(books: Books, embed: Reach) -> Check:
    """Check that ``enriched`` ends with a null, or nothing, for a paper that was taken down."""
    check = Check("no paper that was taken down is on enriched")
    last = (
        "SELECT * FROM entry WHERE topic = 'enriched' AND paper = :paper "
        'ORDER BY "partition", "offset" DESC LIMIT 1'
    )
    for paper in inputs(books, embed, latest=LATEST):
        if paper["forgotten"] and paper["revision"] == paper["latest"]:
            for enriched in books.select(last, paper=paper["paper"]):
                if not enriched["forgotten"]:
                    check.add(_place(books, enriched), f"paper {paper['paper']} was taken down")
    check.found = check.off
    return check


def owners_are_inputs(books: Books, dedupe: Reach) -> Check:
    """Check that each paper names the record that it came of as its owner."""
    check = Check("each unique paper is owned by the record that it came of")
    own, values = "FROM entry WHERE topic = 'unique' AND origin = :origin", _named(books, dedupe)
    check.expected = books.number(f"SELECT count(*) {own}", **values)
    for paper in books.select(f"SELECT * {own} AND is_tampered", **values):
        check.add(_place(books, paper), "names another record of papers as its owner")
    check.found = check.expected - check.off
    return check


def once(books: Books, rule: str, topic: str, key: str, condition: str) -> Check:
    """Check that no key and revision is on a topic twice, of the records that a condition has."""
    check = Check(rule)
    chosen = f"FROM entry WHERE topic = :topic AND {condition}"
    check.found = books.number(f"SELECT count(*) {chosen}", topic=topic)
    groups = f"SELECT {key}, revision, count(*) AS times {chosen} GROUP BY {key}, revision"
    check.expected = books.number(f"SELECT count(*) FROM ({groups})", topic=topic)  # noqa: S608
    for group in books.select(f"SELECT * FROM ({groups}) WHERE times > 1", topic=topic):  # noqa: S608
        doubles = books.select(
            f"SELECT * {chosen} AND {key} = :key AND revision = :revision "
            'ORDER BY "partition", "offset"',
            topic=topic,
            key=group[key],
            revision=group["revision"],
        )
        first, *others = (_place(books, each) for each in doubles)
        check.add(first, f"is also at {', '.join(others)}")
    return check


def came_of_something(books: Books, reaches: Sequence[Reach]) -> Check:
    """Check that each record came of a committed input; of other groups nothing is known."""
    check = Check("each record came of one that was committed")
    check.expected = books.number("SELECT count(*) FROM entry WHERE topic != 'pages'")
    own = "topic != 'pages' AND NOT is_control AND NOT is_redriven"
    for bare in books.select(f"SELECT * FROM entry WHERE origin = {NOBODY} AND {own}"):  # noqa: S608
        check.add(_place(books, bare), "does not say which record it came of")
    for reach in reaches:
        for entry in books.select(_BASELESS, **_named(books, reach)):
            source = f"{reach.source_name}/{entry['input_partition']}/{entry['input_offset']}"
            ahead = entry["input_offset"] >= entry["most"]
            why = f"which {reach.stage} has not committed" if ahead else "which is not there"
            check.add(_place(books, entry), f"came of {source}, {why}")
    check.found = check.expected - check.off
    return check


_BASELESS = """
SELECT o.*, coalesce(r.most, 0) AS most FROM entry o
LEFT JOIN reach r ON r.stage = :stage AND r."partition" = o.input_partition
WHERE o.topic != 'pages' AND o.origin = :origin AND o.input_offset >= coalesce(r."begin", 0)
AND NOT o.is_control AND NOT o.is_redriven
AND (o.input_offset >= coalesce(r.most, 0) OR o.input_offset < r.committed AND NOT EXISTS (
    SELECT 1 FROM entry i WHERE i.topic = :source
    AND i."partition" = o.input_partition AND i."offset" = o.input_offset))
"""


def _named(books: Books, reach: Reach) -> dict[str, object]:
    """Give the values of ``:stage``, ``:source`` and ``:origin``."""
    origin = books.origin(reach.group, reach.source_name)
    return {"stage": reach.stage, "source": reach.source, "origin": origin}


def _each(books: Books, rule: str, found: Iterator[Row], off: Callable[[Row], str | None]) -> Check:
    check = Check(rule)
    for each in found:
        check.expected += 1
        if (what := off(each)) is not None:
            check.add(_place(books, each), what)
    check.found = check.expected - check.off
    return check


def _place(books: Books, row: Row) -> str:
    return books.place(row["topic"], row["partition"], row["offset"])
