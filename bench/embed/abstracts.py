"""Invented titles with abstracts as long as real ones, in wordpieces.

Real abstracts have been found to have 232 wordpieces in the mean when cut at 256, and 57 % of them
more than 256. Both hold for a log-normal distribution with median 269 and sigma 0.3.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import tokenizers

from bench.dedupe.papers import Writer
from services.embed.model import find_model

MEDIAN = 269
SIGMA = 0.3
MOST_SENTENCES = 60


@dataclass(frozen=True, slots=True)
class Abstract:
    """A text ``title. abstract``, and the abstract's first and last sentence."""

    text: str
    first: str
    last: str


def wordpieces() -> Callable[[str], int]:
    """Give the function that counts a text's wordpieces, special ones included."""
    tokenizer = tokenizers.Tokenizer.from_file(str(find_model(None).tokenizer_file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return lambda text: len(tokenizer.encode(text).ids)


def abstracts(count: int, *, seed: int) -> list[Abstract]:
    """Give this many texts; the same seed, the same texts."""
    length = wordpieces()
    writer = Writer(random.Random(seed))
    return [_abstract(writer, length) for _ in range(count)]


def _abstract(writer: Writer, length: Callable[[str], int]) -> Abstract:
    aim = writer.chance.lognormvariate(math.log(MEDIAN), SIGMA)
    paper = writer.paper(MOST_SENTENCES)
    text, kept = paper.title + ".", ""
    for sentence in paper.sentences:
        longer = f"{text} {sentence}"
        # The sentence that passes the aim is kept where that is nearer to it.
        if kept and length(longer) - aim > aim - length(text):
            break
        text, kept = longer, sentence
    return Abstract(text, paper.sentences[0], kept)
