"""Groups of listings that are one paper, or nearly: the same words, near ones, chains of them.

Which two wordings of a group are alike follows from how they were made, and is not always
transitive; wordings of two groups have nothing in common.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.cli.invented import WORDS
from services.common.records import Paper
from tests.invented import page, paper

Pair = frozenset[str]

TITLE_WORDS = 7
ABSTRACT_WORDS = 40
REWORDED_WORDS = 240
"""Of a text of which two words are changed: alike beyond what an estimate can miss."""

MOST_RECORDS = 6


@dataclass(frozen=True)
class Group:
    """Records of one or more wordings.

    Args:
        number: of the group.
        shape: how it was made.
        records: each wording once or more often, in the order in which they are fed.
        alike: pairs of wording ids that the rule of docs/dedupe.md takes for one paper.
        identified: those of them that have an identifier in common.
    """

    number: int
    shape: str
    records: tuple[Paper, ...]
    alike: frozenset[Pair]
    identified: frozenset[Pair]

    @cached_property
    def wordings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(record.wording_id for record in self.records))

    @property
    def is_transitive(self) -> bool:
        """Whether every wording is alike to every other."""
        count = len(self.wordings)
        return len(self.alike) == count * (count - 1) // 2

    @cached_property
    def leads(self) -> frozenset[tuple[str, str]]:
        """Wordings and the papers that they may be taken for.

        Those that they are alike to; and those that one with their identifier was taken for, since
        a near copy leaves its identifiers to its paper.
        """
        found = {(a, b) for pair in self.alike for a in pair for b in pair if a != b}
        shared = {(a, b) for pair in self.identified for a in pair for b in pair if a != b}
        while more := {(a, c) for a, b in shared for d, c in found if b == d and a != c} - found:
            found |= more
        return frozenset(found)


class Author:
    """Makes the wordings of one group."""

    def __init__(self, source: random.Random, number: int) -> None:
        self._source = source
        self._page = page(page_id=f"{number:032x}", position=0)
        self._number = number

    def title(self) -> str:
        return " ".join(self._source.sample(WORDS, TITLE_WORDS))

    def arxiv_id(self) -> str:
        """Give the group's arXiv id: its number, as arXiv would write it."""
        return f"{20 + self._number // 10**5:02}01.{self._number % 10**5:05}"

    def doi(self) -> str:
        return f"10.5555/{self._number}"

    def paper(self, title: str | None = None, *, words: int = ABSTRACT_WORDS, **more: str) -> Paper:
        """Give a paper whose abstract is new, and its title where none is given."""
        abstract = " ".join(self._source.choices(WORDS, k=words))
        return self.listed(title or self.title(), abstract, **more)

    def listed(self, title: str, abstract: str | None, **more: str) -> Paper:
        return paper(0, words=0, title=title, abstract=abstract, page=self._page, **more)

    def reworded(self, one: Paper) -> Paper:
        """Give a paper with another word in its title and another in its abstract."""
        title, abstract = (str(text).split() for text in (one.title, one.abstract))
        changed = (" ".join(("anew", *title[1:])), " ".join((*abstract[:-1], "anew")))
        return self.listed(*changed)


Made = tuple[Sequence[Paper], Collection[tuple[int, int]], Collection[tuple[int, int]]]
"""Wordings, which two of them are alike, and which of these by an identifier."""


def _alone(author: Author) -> Made:
    return [author.paper()], (), ()


def _titled(author: Author) -> Made:
    title = author.title()
    return [author.paper(title) for _ in range(3)], ((0, 1), (0, 2), (1, 2)), ()


def _bare(author: Author) -> Made:
    """A listing of titles alone, and two with abstracts, the first of which brings more."""
    title = author.title()
    bare = author.listed(title, None)
    return [bare, author.paper(title), author.paper(title)], ((0, 1), (0, 2), (1, 2)), ()


def _reworded(author: Author) -> Made:
    one = author.paper(words=REWORDED_WORDS)
    return [one, author.reworded(one)], ((0, 1),), ()


def _identified(author: Author) -> Made:
    known = author.arxiv_id()
    pairs = ((0, 1), (0, 2), (1, 2))
    return [author.paper(arxiv_id=known) for _ in range(3)], pairs, pairs


def _title_then_identifier(author: Author) -> Made:
    title, known = author.title(), author.arxiv_id()
    both = author.paper(title, arxiv_id=known)
    return [author.paper(title), both, author.paper(arxiv_id=known)], ((0, 1), (1, 2)), ((1, 2),)


def _title_then_words(author: Author) -> Made:
    one = author.paper(words=REWORDED_WORDS)
    wordings = [author.paper(one.title), one, author.reworded(one)]
    return wordings, ((0, 1), (1, 2)), ()


def _identifier_in_the_middle(author: Author) -> Made:
    first, last, known = author.title(), author.title(), author.arxiv_id()
    inner = [author.paper(title, arxiv_id=known) for title in (first, last)]
    wordings = [author.paper(first), *inner, author.paper(last)]
    return wordings, ((0, 1), (1, 2), (2, 3)), ((1, 2),)


def _titles_round_a_paper(author: Author) -> Made:
    """Two pairs of one identifier each, that meet in a paper with both."""
    one, other = author.arxiv_id(), author.doi()
    middle = author.paper(arxiv_id=one, doi=other)
    wordings = [author.paper(arxiv_id=one), middle, author.paper(doi=other)]
    return wordings, ((0, 1), (1, 2)), ((0, 1), (1, 2))


SHAPES: dict[str, Callable[[Author], Made]] = {
    "alone": _alone,
    "exact copies": _alone,
    "one title": _titled,
    "a title alone": _bare,
    "reworded": _reworded,
    "one identifier": _identified,
    "title, then identifier": _title_then_identifier,
    "title, then words": _title_then_words,
    "title, identifier, title": _identifier_in_the_middle,
    "two identifiers": _titles_round_a_paper,
}


def groups(seed: int) -> Iterator[Group]:
    """Yield groups for ever: the same seed, the same groups."""
    source = random.Random(seed)
    names = sorted(SHAPES)
    number = 0
    while True:
        yield group(source.choice(names), number, source)
        number += 1


def group(shape: str, number: int, source: random.Random) -> Group:
    """Make a group of 2 to 6 records in any order, or one record alone."""
    made, alike, identified = SHAPES[shape](Author(source, number))
    wordings = list(made)
    count = 1 if shape == "alone" else source.randint(max(2, len(wordings)), MOST_RECORDS)
    records = wordings + source.choices(wordings, k=count - len(wordings))
    source.shuffle(records)
    ids = [wording.wording_id for wording in wordings]
    return Group(
        number=number,
        shape=shape,
        records=tuple(records),
        alike=frozenset(frozenset((ids[a], ids[b])) for a, b in alike),
        identified=frozenset(frozenset((ids[a], ids[b])) for a, b in identified),
    )
