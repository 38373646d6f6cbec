"""The live picture of a stack at work: a line a topic, with what its reader has left."""

from __future__ import annotations

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.cli.cluster import Stage
from services.cli.console import err
from services.common.topics import ENRICHED, PAGES, PAPERS, SIGHTINGS, UNIQUE

TOPICS = (PAGES.name, PAPERS.name, SIGHTINGS.name, UNIQUE.name, ENRICHED.name)
FULL_AT = {SIGHTINGS.name: PAPERS.name, ENRICHED.name: UNIQUE.name}
"""Topics that are complete when they hold as many records as another one."""


class Scoreboard(Progress):
    """Progress bars that are told counts by topic and what stages have left."""

    def __init__(self, pages: int) -> None:
        super().__init__(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            TextColumn("{task.completed:>6,} records"),
            TextColumn("{task.fields[left]:<32}"),
            TimeElapsedColumn(),
            console=err,
        )
        self._count: dict[str, int] = dict.fromkeys(TOPICS, 0)
        self._bars: dict[str, TaskID] = {
            topic: self.add_task(topic, total=pages if topic == PAGES.name else None, left="")
            for topic in TOPICS
        }

    def count(self, topic: str, records: int) -> None:
        """Show how many records a topic holds."""
        self._count[topic] = records
        self.update(self._bars[topic], completed=records)
        for dependent, other in FULL_AT.items():
            if topic in (dependent, other) and self._count[other]:
                self.update(self._bars[dependent], total=self._count[other])

    def left(self, stage: Stage, offsets: int) -> None:
        """Show how much a stage has left of its source."""
        text = f"{stage.name} has {offsets:,} offsets left" if offsets else f"{stage.name} is done"
        self.update(self._bars[stage.source], left=text)
