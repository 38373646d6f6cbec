"""Whether a layout still fits its site: what a listing declares, leaves out, or has out of step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingest.layouts.layout import PARTIAL, ListedPaper, Listing

OUT_OF_STEP = "out_of_step"
"""Of a page: its titles fit the abstracts of their neighbours better than their own."""

_OUT_OF_STEP_SHARE = 0.5
_LEAST_PAIRS = 4
_MOST_TITLES = 16
"""Those that are compared, spread over the page: enough to see a shift, and bounded work."""

_LEAST_LETTERS = 4
"""Shorter words are in every abstract."""

Texts = tuple[str, str]
"""Title and abstract."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a page's listing is like; shares between 0 and 1.

    Args:
        papers: how many were read; ``bad_items`` could not be.
        declared: how many the page says that it lists, or None where it does not say.
        without_abstract: share of the papers that have none.
        coverage: share of the page's characters that are titles and abstracts.
        out_of_step: share of the compared titles whose words are rather in the next paper's
            abstract, or in the one before, than in their own; 0 where there are too few to tell.
    """

    papers: int
    bad_items: int
    declared: int | None
    without_abstract: float
    coverage: float
    out_of_step: float

    @property
    def flags(self) -> tuple[str, ...]:
        """What is to be known of every paper of the page."""
        facts = {
            PARTIAL: self.declared not in (None, self.papers + self.bad_items),
            OUT_OF_STEP: self.out_of_step > _OUT_OF_STEP_SHARE,
        }
        return tuple(flag for flag, holds in facts.items() if holds)


def measures(listing: Listing, *, characters: int) -> Measures:
    """Measure what was read off a page of so many characters."""
    papers = listing.papers
    read = sum(len(paper.title or "") + len(paper.abstract or "") for paper in papers)
    missing = sum(paper.abstract is None for paper in papers)
    return Measures(
        papers=len(papers),
        bad_items=len(listing.bad_items),
        declared=listing.declared,
        without_abstract=missing / max(1, len(papers)),
        coverage=min(1.0, read / max(1, characters)),
        out_of_step=_out_of_step(papers),
    )


def _out_of_step(papers: Sequence[ListedPaper]) -> float:
    texts = [(paper.title, paper.abstract) for paper in papers if paper.title and paper.abstract]
    own = {at: _fit(texts[at], texts[at]) for at in _spread(len(texts))}
    return max(_shifted(texts, own, by=1), _shifted(texts, own, by=-1))


def _spread(count: int) -> range:
    return range(0, count, count // _MOST_TITLES + 1)


def _shifted(texts: Sequence[Texts], own: Mapping[int, int], *, by: int) -> float:
    """Give the share of titles that fit the abstract ``by`` places on better than their own."""
    pairs = [
        (fit, _fit(texts[at], texts[at + by]))
        for at, fit in own.items()
        if 0 <= at + by < len(texts)
    ]
    compared = sum(fit != other for fit, other in pairs)
    return sum(other > fit for fit, other in pairs) / compared if compared >= _LEAST_PAIRS else 0.0


def _fit(one: Texts, other: Texts) -> int:
    """Count the words of a paper's title that are in the abstract of another, or its own."""
    abstract = other[1].lower()
    words = [word for word in one[0].lower().split() if len(word) >= _LEAST_LETTERS]
    return len([word for word in words if word in abstract])
