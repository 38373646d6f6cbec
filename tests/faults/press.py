"""Puts papers on listing pages."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.common.identity import page_id
from services.common.records import Paper
from tests.faults.rendering import RENDERINGS, Rendering


@dataclass(frozen=True)
class FedPage:
    """A page and the wording ids of the papers that it lists, in their order."""

    value: bytes
    wordings: tuple[str, ...]

    @property
    def page_id(self) -> str:
        return page_id(self.value)


class Press:
    """Puts papers on pages: each on one of those layouts that can show it."""

    def __init__(self, seed: int, *, papers_a_page: int) -> None:
        self._source = random.Random(seed)
        self._papers_a_page = papers_a_page
        self._waiting: dict[str, list[Paper]] = {each.layout: [] for each in RENDERINGS}

    def pages(self, papers: Sequence[Paper]) -> Iterator[FedPage]:
        """Yield the pages that are full with these."""
        for paper in papers:
            rendering = self._source.choice([each for each in RENDERINGS if each.shows(paper)])
            waiting = self._waiting[rendering.layout]
            waiting.append(paper)
            if len(waiting) == self._papers_a_page:
                yield _printed(rendering, waiting)
                waiting.clear()

    def rest(self) -> Iterator[FedPage]:
        """Yield the pages that are not full yet."""
        for rendering in RENDERINGS:
            if waiting := self._waiting[rendering.layout]:
                yield _printed(rendering, waiting)


def _printed(rendering: Rendering, papers: Sequence[Paper]) -> FedPage:
    value = rendering.page(papers).encode()
    return FedPage(value, tuple(paper.wording_id for paper in papers))
