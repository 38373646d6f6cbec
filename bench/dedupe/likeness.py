"""What the rule means, exactly: from the words themselves, without a signature.

The slow counterpart of what the index does with 128 values of two bits and a title's sketch.
"""

from __future__ import annotations

from collections.abc import Set
from itertools import pairwise

from services.common.identity import wording
from services.common.records import Paper
from services.dedupe.signature import LEAST_WORDS
from services.dedupe.titles import comparable


def jaccard(left: str, right: str) -> float:
    """Give the share of pairs of neighbouring words that two texts have in common."""
    return _share(_pairs(left), _pairs(right))


def is_meant(left: Paper, right: Paper) -> bool:
    """Tell whether the rule of docs/dedupe.md, taken at its word, has two papers be the same."""
    if any(
        mine and mine.lower() == (theirs or "").lower()
        for mine, theirs in ((left.arxiv_id, right.arxiv_id), (left.doi, right.doi))
    ):
        return True
    mine, theirs = (wording(paper.title, paper.abstract) for paper in (left, right))
    if mine.id == theirs.id:
        return True
    titles = comparable(left.title, mine.title), comparable(right.title, theirs.title)
    if titles[0] == titles[1] and len(set(titles[0].split())) >= 4:
        return True
    if min(len(mine.text.split()), len(theirs.text.split())) < LEAST_WORDS:
        return False
    return _is_near(jaccard(mine.text, theirs.text), *(set(title.split()) for title in titles))


def _is_near(texts: float, left: set[str], right: set[str]) -> bool:
    fewer, more = sorted((left, right), key=len)
    if not fewer:
        return texts >= 0.8
    if texts >= 0.9 and _share(left, right) >= 0.45:
        return True
    return texts >= 0.7 and len(fewer) >= 5 and fewer <= more


def _pairs(text: str) -> set[tuple[str, str]]:
    return set(pairwise(text.split()))


def _share(left: Set[object], right: Set[object]) -> float:
    return len(left & right) / max(1, len(left | right))
