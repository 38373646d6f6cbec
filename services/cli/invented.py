"""Invented papers: words that mean nothing, the same for the same number."""

from __future__ import annotations

import random
from dataclasses import dataclass

FIRST = ("ba", "co", "di", "fe", "gu", "la", "mo", "ne", "pi", "ru", "sa", "ti", "vo", "zu")
SECOND = ("ral", "men", "tix", "dor", "lune", "sper", "gan", "vek", "nim", "tol", "ster")
WORDS = tuple(first + second for first in FIRST for second in SECOND)

IDS = 10_000_000
AUTHORS = 3
LEAST_WORDS = 40
SPREAD = 0.2
"""Standard deviation of an abstract's length, as a share of the mean."""


@dataclass(frozen=True, slots=True)
class Invented:
    """A paper as a site lists it.

    Args:
        number: its arXiv id.
        replaces: whether it is listed as a new version of a known paper.
    """

    number: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    replaces: bool = False


def invented(seed: int, number: int, *, words: int) -> Invented:
    """Give a paper of a seed; its title and its id are those of no other, its abstract is long.

    Args:
        seed: of the papers.
        number: of the paper, from 0.
        words: in the abstract, on average.
    """
    source = random.Random(f"{seed}:{number}")  # noqa: S311
    length = max(LEAST_WORDS, int(source.gauss(words, words * SPREAD)))
    heading = f"{title(source)} of {spelled(number).capitalize()}"
    return Invented(
        # Ids of the old form: an archive for each seed, and another for each ten million papers.
        number=f"{spelled(seed)}-{spelled(number // IDS)}/{number % IDS:07}",
        title=heading,
        # What is studied is named: a page whose abstracts do not is taken for one out of step.
        abstract=f"We study {heading.lower()}. {abstract(source, length)}",
        authors=tuple(" ".join(source.choices(WORDS, k=2)).title() for _ in range(AUTHORS)),
    )


def title(source: random.Random) -> str:
    """Give a title of seven words."""
    return " ".join(source.choices(WORDS, k=7)).capitalize()


def abstract(source: random.Random, words: int) -> str:
    """Give an abstract of so many words."""
    return " ".join(source.choices(WORDS, k=words)).capitalize() + "."


def spelled(number: int) -> str:
    """Give a word that stands for a number from 0, and is none of ``WORDS``."""
    syllables = ["x"]
    while True:
        number, at = divmod(number, len(FIRST))
        syllables.append(FIRST[at])
        if not number:
            return "".join(syllables)
