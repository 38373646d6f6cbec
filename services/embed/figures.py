"""What is counted of embedded papers, once they are committed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence

import numpy as np

from services.common.outcomes import Measure
from services.common.records import Paper
from services.embed.quality import Quality
from services.embed.vector import Encoded

SAMPLED = 4
"""Of 256 papers so many have their title and their abstract embedded alone, too: two texts more for
one in 64. Where a page is parsed wrongly, the two of a paper go apart."""


class Figures:
    """The figures of one process.

    Args:
        quality: the window over its last vectors.
    """

    def __init__(self, quality: Quality) -> None:
        self._quality = quality

    async def of(
        self, papers: Sequence[Encoded], halves: Sequence[tuple[Encoded, Encoded]]
    ) -> tuple[Measure, ...]:
        """Give the figures of papers, and of the titles and abstracts of those sampled."""
        if not papers:
            return ()
        scores = self._quality.add([each.vector for each in papers])
        # In a thread: it may take some ten milliseconds, and the lanes go on meanwhile.
        spread = await asyncio.to_thread(self._quality.look)
        found = [
            _measure("tokens_total", sum(each.tokens for each in papers)),
            _measure("padding_tokens_total", sum(each.padding for each in papers)),
            _measure("truncated_texts_total", sum(each.truncated for each in papers)),
            *(_measure("outlier_ratio", score) for score in scores),
            *(_measure("title_abstract_ratio", cosine) for cosine in _cosines(halves)),
        ]
        if spread is not None:
            found.append(_measure("effective_rank", spread.effective_rank))
            found.append(_measure("norm_deviation_ratio", spread.norm_deviation))
        return tuple(found)


def halves(paper: Paper) -> tuple[str, str] | None:
    """Give a sampled paper's title and abstract; the same papers are sampled each time."""
    if not (paper.title and paper.abstract and paper.paper_id):
        return None
    return (paper.title, paper.abstract) if int(paper.paper_id[:2], 16) < SAMPLED else None


def _cosines(halves: Sequence[tuple[Encoded, Encoded]]) -> Iterator[float]:
    for title, abstract in halves:
        cosine = float(np.dot(title.vector, abstract.vector))
        # One that is none would make the sum of the histogram none for good.
        if math.isfinite(cosine):
            yield cosine


def _measure(metric: str, value: float) -> Measure:
    return Measure(metric=metric, value=value)
