"""Every record of every topic, reduced, in a file of SQLite: for a ledger of any size."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from services.cli.accounts import Entry, Input, Reach

CACHE_KIB = 64 * 1024
AT_ONCE = 10_000

SCHEMA = """
CREATE TABLE entry (
    topic TEXT, "partition" INT, "offset" INT,
    origin INT, input_partition INT, input_offset INT,
    wording TEXT, paper TEXT, revision INT, verdict TEXT, papers_on_page INT, bad_items INT,
    is_item INT, is_control INT, is_redriven INT, forgotten INT, is_tampered INT, at INT,
    PRIMARY KEY (topic, "partition", "offset")
) WITHOUT ROWID;
CREATE TABLE reach (
    stage TEXT, "partition" INT, "begin" INT, committed INT, most INT, since INT,
    PRIMARY KEY (stage, "partition")
) WITHOUT ROWID;
"""
INDEXES = """
CREATE INDEX IF NOT EXISTS came_of ON entry (topic, origin, input_partition, input_offset);
CREATE INDEX IF NOT EXISTS of_paper ON entry (topic, paper, revision);
CREATE INDEX IF NOT EXISTS of_wording ON entry (topic, wording, revision);
"""

NOBODY = -1
"""The origin of a record that does not say which record it came of."""


class Books:
    """The records of one ledger, in a temporary file that goes with it.

    Args:
        folder: where the file is made; the system's folder for temporary files where absent.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="headrace-audit-", dir=folder)
        self._file = sqlite3.connect(Path(self._folder.name) / "books.sqlite")
        # What is lost with a crash is read again.
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._file.executescript(SCHEMA)
        self._file.row_factory = sqlite3.Row
        self._origins: dict[tuple[str, str], int] = {}
        self._names: dict[str, str] = {}
        self._indexed = False

    def __enter__(self) -> Books:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._folder.cleanup()

    def add(self, entries: Iterable[Entry]) -> None:
        """Take records in, in any order."""
        values = ", ".join("?" * 18)
        self._file.executemany(f"INSERT INTO entry VALUES ({values})", map(self._row, entries))  # noqa: S608

    def heard(self, source: Input) -> bool:
        """Tell whether an input gave papers, or is a dead letter as a whole."""
        self.index()
        found = self._file.execute(
            "SELECT 1 FROM entry INDEXED BY came_of WHERE topic IN ('papers', 'dead-letter') "
            "AND origin = ? AND input_partition = ? AND input_offset = ? AND NOT is_item LIMIT 1",
            (self.origin(source.group, source.topic), source.partition, source.offset),
        )
        return found.fetchone() is not None

    def index(self) -> None:
        """Make what is asked for quickly found; once, when most is in."""
        if not self._indexed:
            self._file.executescript(INDEXES)
            self._indexed = True

    def reached(self, reaches: Sequence[Reach], since: int) -> None:
        """Take in how far the stages are; inputs from before ``since`` (ms) are not compared."""
        rows = [
            (
                reach.stage,
                partition,
                reach.begins.get(partition, 0),
                reach.committed.get(partition, 0),
                reach.most.get(partition, 0),
                since,
            )
            for reach in reaches
            for partition in {*reach.begins, *reach.committed, *reach.most}
        ]
        self._file.executemany("INSERT INTO reach VALUES (?, ?, ?, ?, ?, ?)", rows)

    def select(self, query: str, **values: object) -> Iterator[sqlite3.Row]:
        """Yield the rows of a query with named values."""
        yield from self._file.execute(query, values)

    def number(self, query: str, **values: object) -> int:
        """Give the one number of a query, 0 for none."""
        (found,) = self._file.execute(query, values).fetchone()
        return int(found or 0)

    def origin(self, group: str, topic: str) -> int:
        """Give the number of what a group read from a topic, by its full name."""
        return self._origins.setdefault((group, topic), len(self._origins))

    def place(self, topic: str, partition: int, offset: int) -> str:
        """Give the full coordinates of a record."""
        return f"{self._names.get(topic, topic)}/{partition}/{offset}"

    def _row(self, entry: Entry) -> tuple[object, ...]:
        self._names.setdefault(entry.topic, entry.place.rsplit("/", 2)[0])
        came = entry.input
        return (
            entry.topic,
            entry.partition,
            entry.offset,
            NOBODY if came is None else self.origin(came.group, came.topic),
            None if came is None else came.partition,
            None if came is None else came.offset,
            entry.wording_id,
            entry.paper_id,
            entry.revision,
            None if entry.verdict is None else entry.verdict.value,
            entry.papers_on_page,
            entry.bad_items,
            entry.is_item,
            entry.is_control,
            entry.is_redriven,
            entry.forgotten,
            entry.is_tampered,
            entry.timestamp,
        )
