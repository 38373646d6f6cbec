"""What the demo has to show: neighbours, the ledger, the speed, and how to go on by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Column
from rich.text import Text

from services.cli import audit
from services.cli.console import number, out, printable, table
from services.cli.ledger import Ledger
from services.cli.neighbours import nearest
from services.common.records import EnrichedPaper

SHOWN_PAIRS = 8

GO_ON = """
Go on by hand:

  headrace up --detach
  headrace feed {folder}/* --source by-hand
  headrace drain
  headrace tail enriched

The topic takes a page from any producer; `headrace status` names the address:

  kcat -P -b 127.0.0.1:9092 -t listings.pages.v1 -k by-hand {page}

  import asyncio
  from aiokafka import AIOKafkaProducer

  async def main():
      async with AIOKafkaProducer(bootstrap_servers="127.0.0.1:9092") as producer:
          page = open("{page}", "rb").read()
          await producer.send_and_wait("listings.pages.v1", page, b"by-hand")

  asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out; ``seconds`` are from the first unique paper to the last vector."""

    ledger: Ledger
    papers: Sequence[EnrichedPaper]
    seconds: float

    @property
    def good(self) -> bool:
        """Whether there is something, and all of it adds up."""
        return self.ledger.agrees and bool(self.papers)


def show(result: Result, page: Path) -> None:
    """Show all of it; ``page`` is one to go on with."""
    pairs = nearest(result.papers)[:SHOWN_PAIRS]
    rows = [(f"{pair.cosine:.3f}", _title(pair.paper), _title(pair.neighbour)) for pair in pairs]
    out.print()
    out.print(table(number("cosine"), _half("paper"), _half("nearest neighbour"), rows=rows))
    out.print()
    audit.show(result.ledger)
    if result.papers:
        out.print(Text(f"\n{_speed(result)}"), soft_wrap=True)
    out.print(Text(GO_ON.format(folder=page.parent, page=page)), soft_wrap=True)


def _speed(result: Result) -> str:
    embedding = result.papers[0].embedding
    count = len(result.papers)
    return (
        f"{count:,} papers embedded in {result.seconds:.1f} s, {count / result.seconds:.1f} "
        f"texts/s, by {embedding.model} {embedding.precision} on {embedding.provider} (from the "
        "first unique paper to the last vector)."
    )


def _title(paper: EnrichedPaper) -> str:
    return printable(paper.title or paper.abstract or "")


def _half(heading: str) -> Column:
    """Give a column that takes half of what the numbers leave, and cuts what is longer."""
    return Column(heading, no_wrap=True, max_width=max(len(heading), (out.width - 10) // 2))
