"""What the ledger takes: disk, memory and time for so many records, without Kafka.

``python -m bench.ledger --records 10000000`` writes the entries of a pipeline without a fault into
the books of an audit, in the order in which an audit reads them, plants one loss and one double,
and draws the ledger up.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.cli.accounts import Entry, Input, Reach
from services.cli.books import Books
from services.cli.ledger import ledger
from services.common.records import Verdict
from services.common.topics import ENRICHED, PAGES, PAPERS, SIGHTINGS, UNIQUE, Topic

PARTITIONS = 12
PAPERS_A_PAGE = 20
AGAIN = 3
"""Of ten papers, so many are copies."""

RECORDS_A_PAPER = 1 / PAPERS_A_PAGE + 2 + 2 * (10 - AGAIN) / 10


@dataclass(frozen=True)
class Place:
    """Partition and offset of the n-th record of a topic; every topic is filled evenly."""

    partition: int
    offset: int

    @classmethod
    def of(cls, number: int) -> Place:
        return cls(number % PARTITIONS, number // PARTITIONS)


def entry(topic: Topic, number: int, source: Topic | None, of: int, **facts: object) -> Entry:
    """Give the n-th record of a topic, which came of the ``of``-th of its source."""
    place, came = Place.of(number), Place.of(of)
    return Entry(
        topic=topic.name,
        place=f"{topic.name}/{place.partition}/{place.offset}",
        partition=place.partition,
        offset=place.offset,
        input=None if source is None else Input("group", source.name, came.partition, came.offset),
        **facts,  # type: ignore[arg-type]
    )


def entries(papers: int) -> Iterator[Entry]:
    """Yield the records of so many papers; the last one's vector is lost, the one before double."""
    distinct = [number for number in range(papers) if number % 10 >= AGAIN]
    for number in range(papers):
        listed = {"wording_id": _id(number), "papers_on_page": PAPERS_A_PAGE}
        yield entry(PAPERS, number, PAGES, number // PAPERS_A_PAGE, **listed)
    for at, number in enumerate(distinct):
        named = {"wording_id": _id(number), "paper_id": _id(number)}
        yield entry(UNIQUE, at, PAPERS, number, **named)
    for number in range(papers):
        is_new = number % 10 >= AGAIN
        verdict = Verdict.NEW if is_new else Verdict.EXACT
        paper = number if is_new else number + AGAIN
        yield entry(SIGHTINGS, number, PAPERS, number, paper_id=_id(paper), verdict=verdict)
    vectors = [*range(len(distinct) - 1), len(distinct) - 2]
    for at, of in enumerate(vectors):
        yield entry(ENRICHED, at, UNIQUE, of, paper_id=_id(distinct[of]), revision=0)
    for number in range(papers // PAPERS_A_PAGE):
        yield entry(PAGES, number, None, 0)


def reaches(papers: int) -> Sequence[Reach]:
    """Give three stages that are through with all of it."""
    return [
        _reach("ingest", PAGES, papers // PAPERS_A_PAGE),
        _reach("dedupe", PAPERS, papers),
        _reach("embed", UNIQUE, papers * (10 - AGAIN) // 10),
    ]


def _reach(stage: str, source: Topic, count: int) -> Reach:
    ends = {at: len(range(at, count, PARTITIONS)) for at in range(PARTITIONS)}
    return Reach(
        stage=stage,
        group="group",
        source=source.name,
        source_name=source.name,
        begins=dict.fromkeys(ends, 0),
        committed=ends,
        most=ends,
    )


def _id(number: int) -> str:
    return f"{number:032x}"


def main() -> None:
    """Measure, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    given = parser.parse_args()
    papers = int(given.records / RECORDS_A_PAPER) // (10 * PAPERS_A_PAGE) * 10 * PAPERS_A_PAGE
    with tempfile.TemporaryDirectory() as folder, Books(Path(folder)) as books:
        started = time.perf_counter()
        books.add(entries(papers))
        written = time.perf_counter()
        found = ledger(books, reaches(papers))
        ended = time.perf_counter()
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{sum(found.records.values()):,} records of {papers:,} papers")
    print(f"written in {written - started:.0f} s, indexed and compared in {ended - written:.0f} s")
    print(f"file {size / 1e6:,.0f} MB, peak of memory {peak / 1e6:,.0f} MB")
    for check in found.checks:
        print(f"{check.off:3} off of {check.expected:,}: {check.rule}")


if __name__ == "__main__":
    main()
