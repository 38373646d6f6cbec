"""Pages of invented papers without end: which papers, on which pages, from which sources."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from services.cli.invented import Invented, invented, spelled
from services.cli.load_layouts import RENDERINGS, REPLACING

RECENT = 100
"""Half of the repetitions are of one of so many papers before, while those are on their way."""

Kind = Literal["distinct", "exact", "near", "revised"]


@dataclass(frozen=True, slots=True)
class Mix:
    """What is generated; the same mix, the same pages.

    Args:
        seed: of everything that is drawn.
        papers_a_page: listed on each page.
        words: in an abstract, on average.
        exact: share of the papers that repeat an earlier one word for word.
        near: share that repeat one with another word in the abstract.
        revised: share that do so as a new version, announced as one.
        sources: how many there are.
        exponent: the source of rank r is drawn r ** -exponent times as often as the first.
        layouts: that pages are written in, one for each source in turn; a page that lists a new
            version is an arXiv feed.
    """

    seed: int
    papers_a_page: int = 20
    words: int = 120
    exact: float = 0.2
    near: float = 0.05
    revised: float = 0.01
    sources: int = 50
    exponent: float = 1.0
    layouts: tuple[str, ...] = tuple(RENDERINGS)

    def fault(self) -> str | None:
        """Say what is wrong with it, and what to do; None where it can be generated."""
        again = self.exact + self.near + self.revised
        if again >= 1:
            return (
                f"copies, near copies and revisions are {again:.0%} of the papers: together they "
                "must be less than all, since each repeats a paper that was there before"
            )
        if unknown := sorted(set(self.layouts) - set(RENDERINGS)):
            return f"no layout {', '.join(unknown)} is generated: there is {', '.join(RENDERINGS)}"
        if self.revised and REPLACING not in self.layouts:
            return (
                f"only a page of the layout {REPLACING} says that a paper is a revision: add "
                f"--layout {REPLACING}, or say --revisions 0"
            )
        return None


@dataclass(frozen=True, slots=True)
class LoadPage:
    """A page, and what it lists: ``kinds`` are those of the papers, in their order."""

    source: str
    layout: str
    body: bytes
    listed: tuple[Invented, ...]
    kinds: tuple[Kind, ...]


def flow(mix: Mix) -> Iterator[LoadPage]:
    """Yield pages for ever; memory does not grow."""
    chance = random.Random(mix.seed)  # noqa: S311
    ranks = list(itertools.accumulate(rank**-mix.exponent for rank in range(1, mix.sources + 1)))
    papers = _papers(mix, chance)
    while True:
        drawn = list(itertools.islice(papers, mix.papers_a_page))
        kinds, listed = (tuple(each) for each in zip(*drawn, strict=True))
        (source,) = chance.choices(range(mix.sources), cum_weights=ranks)
        own = mix.layouts[source % len(mix.layouts)]
        layout = REPLACING if "revised" in kinds else own
        body = RENDERINGS[layout].page(listed)
        yield LoadPage(f"invented-{source + 1}", layout, body, listed, kinds)


def _papers(mix: Mix, chance: random.Random) -> Iterator[tuple[Kind, Invented]]:
    kinds: tuple[Kind, ...] = ("exact", "near", "revised", "distinct")
    shares = [*itertools.accumulate((mix.exact, mix.near, mix.revised)), 1.0]
    distinct = changes = 0
    while True:
        (kind,) = chance.choices(kinds, cum_weights=shares)
        if kind == "distinct" or not distinct:
            yield "distinct", invented(mix.seed, distinct, words=mix.words)
            distinct += 1
            continue
        first = max(0, distinct - RECENT) if chance.random() < 0.5 else 0
        paper = invented(mix.seed, chance.randrange(first, distinct), words=mix.words)
        if kind != "exact":
            paper = _reworded(paper, spelled(changes), chance)
            changes += 1
        yield kind, replace(paper, replaces=kind == "revised")


def _reworded(paper: Invented, word: str, chance: random.Random) -> Invented:
    """Put a word that no other paper has into the abstract: the title is what makes them one."""
    words = paper.abstract.split()
    # The last one has the full stop.
    words[chance.randrange(len(words) - 1)] = word
    return replace(paper, abstract=" ".join(words))
