"""Which papers are closest to each other, by the cosine of their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.common.records import EnrichedPaper
from services.embed.vector import from_base64


class Pair(NamedTuple):
    """A paper, its nearest neighbour, and the cosine of their vectors."""

    paper: EnrichedPaper
    neighbour: EnrichedPaper
    cosine: float


def nearest(papers: Sequence[EnrichedPaper]) -> list[Pair]:
    """Give each paper with its nearest neighbour, the closest pair first; a pair comes once.

    The vectors must have the same model and length 1. Fewer than two papers have no neighbours.
    """
    if len(papers) < 2:
        return []
    vectors = np.stack([from_base64(paper.embedding.vector) for paper in papers])
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    best = cosines.argmax(axis=1)
    pairs: dict[frozenset[int], Pair] = {}
    for index in np.argsort(-cosines.max(axis=1), kind="stable"):
        other = int(best[index])
        pair = Pair(papers[index], papers[other], float(cosines[index, other]))
        pairs.setdefault(frozenset((int(index), other)), pair)
    return list(pairs.values())
