"""Texts as sets of shingles: two words in a row, each pair one number of 64 bits.

Vectorised over a batch of texts: no step of Python for each word. Part of signature version 1,
which never changes: another hash is another version, with a namespace of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_BASE = 0x9E3779B97F4A7C15
_PAIR = 0xC2B2AE3D27D4EB4F
_MASK = (1 << 64) - 1
_SPACE = 0x20


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingles of a batch of texts, one text after the other; repeated ones are repeated.

    Args:
        hashes: shape (all shingles,), uint64.
        starts: shape (texts + 1,), int64: those of text ``i`` are ``starts[i]`` to
            ``starts[i + 1]``.
    """

    hashes: Hashes
    starts: NDArray[np.int64]

    @property
    def texts(self) -> NDArray[np.int64]:
        """The text of each shingle; shape (all shingles,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def shingles(texts: Sequence[str]) -> Shingles:
    """Give the pairs of neighbouring words of each text; one word alone is a shingle, too.

    Args:
        texts: as ``identity.words`` gives them: words kept apart by one space.
    """
    words, counts = _word_hashes(texts)
    ends = np.cumsum(counts)
    pairs = mixed(words[:-1] * np.uint64(_PAIR) + words[1:]) if len(words) else words
    # A pair whose first word is a text's last one joins two texts, unless the text has no other.
    keep = np.ones(len(words), bool)
    keep[ends[counts > 1] - 1] = False
    hashes = np.append(pairs, words[-1:])
    lonely = ends[counts == 1] - 1
    hashes[lonely] = mixed(words[lonely])
    starts = np.concatenate(([0], np.cumsum(np.maximum(counts - (counts > 1), 0))))
    return Shingles(hashes[keep], starts.astype(np.int64))


def words_of(texts: Sequence[str]) -> Shingles:
    """Give the single words of each text in the same form."""
    words, counts = _word_hashes(texts)
    return Shingles(mixed(words), np.concatenate(([0], np.cumsum(counts))).astype(np.int64))


def mixed(values: Hashes) -> Hashes:
    """Give every bit of each value a part in every other (the finaliser of SplitMix64)."""
    values = values ^ (values >> np.uint64(30))
    values = values * np.uint64(0xBF58476D1CE4E5B9)
    values = values ^ (values >> np.uint64(27))
    values = values * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


class _Powers:
    """Powers of the base and of its inverse modulo 2**64, as many as were ever needed."""

    def __init__(self) -> None:
        self._forward = self._backward = np.ones(1, np.uint64)

    def up_to(self, count: int) -> tuple[Hashes, Hashes]:
        if count > len(self._forward):
            self._forward = _powers(_BASE, 2 * count)
            self._backward = _powers(pow(_BASE, -1, _MASK + 1), 2 * count)
        return self._forward, self._backward


_known = _Powers()


def _powers(base: int, count: int) -> Hashes:
    powers = np.full(count, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _word_hashes(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """Give a hash of each word of all texts, and how many words each text has.

    A word of bytes b has sum(b[i] * BASE**i) modulo 2**64, read off a running sum over the batch.
    """
    encoded = [text.encode() for text in texts]
    letters = np.frombuffer(b" ".join((*encoded, b"")), np.uint8)
    forward, backward = _known.up_to(len(letters) + 1)
    sums = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(letters * forward[: len(letters)], out=sums[1:])
    ends = np.flatnonzero(letters == _SPACE)
    begins = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    whole = ends > begins  # An empty text has an empty word.
    ends, begins = ends[whole], begins[whole]
    hashes = mixed((sums[ends] - sums[begins]) * backward[begins])
    # A word belongs to the text in whose bytes it ends.
    sizes = np.fromiter((len(text) + 1 for text in encoded), np.int64, len(encoded))
    counts = np.bincount(
        np.searchsorted(np.cumsum(sizes), ends, side="right"), minlength=len(encoded)
    )
    return hashes, counts.astype(np.int64)
