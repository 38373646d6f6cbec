"""Pages a second on one core: detection, parsing and records, against the bare parser alone.

``python -m bench.ingest`` generates text pages of fifty papers, HTML and JSON of about 250 KB and
feeds of 100 entries, and reads them in turns. Printed are medians of CPU time: ``read/s`` is
detection and parsing, ``records/s`` goes on to encoded records, ``x bare`` compares reading with
what its parser alone takes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree
from rich.console import Console
from rich.progress import track
from rich.table import Table
from selectolax.lexbor import LexborHTMLParser

from bench import pages
from services.cli import load_layouts
from services.common import codec
from services.common.identity import page_id
from services.ingest.papers import Origin, papers
from services.ingest.reading import read
from services.ingest.settings import IngestSection

CAPTURED_AT = datetime(2026, 9, 1, tzinfo=UTC)
LIMITS = IngestSection()
HEADINGS = ("papers", "KB", "read/s", "records/s", "us a paper", "x bare", "parser")


@dataclass(frozen=True)
class Case:
    """A page of ``papers`` papers in one layout, and the bare parser that it is compared with."""

    layout: str
    papers: int
    make: Callable[..., bytes]
    parser: str
    bare: Callable[[bytes], object]


def _split(body: bytes) -> object:
    return [line.strip() for line in body.decode().split("\n")]


def _html(body: bytes) -> object:
    return LexborHTMLParser(body.decode())


def _json_lines(body: bytes) -> object:
    return list(map(json.loads, body.split(b"\n")))


CASES = (
    Case("huggingface_blocks", 50, pages.text_blocks, "str.split", _split),
    Case("huggingface_lines", 50, load_layouts.text_lines, "str.split", _split),
    Case("arxiv_list_text", 50, pages.arxiv_list_text, "str.split", _split),
    Case("arxiv_email", 50, pages.arxiv_email, "str.split", _split),
    Case("huggingface_html", 75, pages.huggingface_html, "selectolax", _html),
    Case("arxiv_list_html", 170, pages.arxiv_list, "selectolax", _html),
    Case("acl_anthology", 150, pages.acl_anthology, "selectolax", _html),
    Case("huggingface_api", 105, pages.huggingface_api, "json", json.loads),
    Case("json_lines", 250, load_layouts.json_lines, "json", _json_lines),
    Case("openalex", 95, pages.openalex, "json", json.loads),
    Case("arxiv_atom", 100, load_layouts.arxiv_atom, "lxml", etree.fromstring),
    Case("arxiv_feed", 100, load_layouts.arxiv_feed, "lxml", etree.fromstring),
)


def records(body: bytes) -> int:
    """Do all that ingest does with a page but Kafka; give the bytes of the records."""
    reading = read(body, limits=LIMITS, captured_at=CAPTURED_AT)
    origin = Origin(page_id(body), "bench", CAPTURED_AT, topic="pages", partition=0, offset=0)
    return sum(len(codec.encode(paper)) for paper in papers(reading, origin))


def listing(body: bytes) -> str:
    """Detect and parse a page; give its layout."""
    return read(body, limits=LIMITS, captured_at=CAPTURED_AT).layout


def cpu_seconds(step: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """Give the CPU seconds that a step takes for a page."""
    started = time.process_time()
    for body in bodies:
        step(body)
    return (time.process_time() - started) / len(bodies)


def measured(case: Case, *, rounds: int, copies: int) -> tuple[str, ...]:
    """Give a row: medians over the rounds, the three steps in turns within each."""
    bodies = [case.make(pages.generated(case.papers, seed)) for seed in range(copies)]
    assert {listing(body) for body in bodies} == {case.layout}
    steps = (case.bare, listing, records)
    times = [[cpu_seconds(step, bodies) for step in steps] for _ in range(rounds)]
    bare, parsed, recorded = (statistics.median(column) for column in zip(*times, strict=True))
    return (
        case.layout,
        str(case.papers),
        f"{len(bodies[0]) / 1000:.0f}",
        f"{1 / parsed:,.0f}",
        f"{1 / recorded:,.0f}",
        f"{1e6 * recorded / case.papers:.0f}",
        f"{parsed / bare:.1f}",
        case.parser,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--copies", type=int, default=10, help="different pages of a kind")
    parser.add_argument(
        "--layout",
        action="append",
        choices=[case.layout for case in CASES],
        help="one of them alone; may be given again",
    )
    options = parser.parse_args()
    cases = [case for case in CASES if options.layout is None or case.layout in options.layout]
    table = Table(box=None, header_style="bold")
    table.add_column("layout", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for case in track(cases, description="Reading pages"):
        table.add_row(*measured(case, rounds=options.rounds, copies=options.copies))
    Console().print(table)


if __name__ == "__main__":
    main()
