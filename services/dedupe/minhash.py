"""Sets of shingles as short signatures, whose likeness is that of the sets (MinHash).

Of each of 128 places a signature keeps the least hash that falls there. Two sets agree in a place
with the probability of their Jaccard similarity (Broder 1997). The places are filled by four passes
over 32 bins each (one-permutation hashing, Li, Owen and Zhang 2012); a bin that nothing falls into
takes the minimum of a hash of its own (classical MinHash), so that short texts are compared without
bias.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.dedupe.shingles import Hashes, Shingles, mixed

Signatures = NDArray[np.uint32]
"""Shape (texts, 128)."""

Codes = NDArray[np.uint8]
"""Shape (texts, 32): two bits of each value, four values a byte, the first in the lowest bits."""

VALUES = 128
PASSES = 4
BINS = VALUES // PASSES
BANDS = 8
ROWS = 5
CODE_BITS = 2

_EMPTY = np.uint32(0xFFFFFFFF)
_SALTS = mixed(np.arange(1, VALUES + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
_ORDER = np.argsort(mixed(_SALTS), kind="stable")
"""In which order values go into bands: rows of one band come of different passes."""

_BY_CHANCE = 2.0**-CODE_BITS
"""How often the two bits of different values agree."""


def signatures(sets: Shingles) -> Signatures:
    """Give the signature of each text; without a shingle it is the largest value everywhere."""
    count, texts = len(sets.starts) - 1, sets.texts
    flat = np.full(count * VALUES, _EMPTY, np.uint32)
    for number in range(PASSES):
        hashes = mixed(sets.hashes ^ _SALTS[number])
        place = (hashes >> np.uint64(59)).astype(np.int64) + number * BINS
        np.minimum.at(flat, texts * VALUES + place, _value(hashes))
    least = flat.reshape(count, VALUES)
    _fill(least, sets)
    return least


def codes(values: Signatures) -> Codes:
    """Give two bits of each value: enough to estimate the similarity of two texts."""
    bits = ((values >> np.uint32(3)) & np.uint32(3)).astype(np.uint8)
    quads = bits.reshape(len(values), VALUES // 4, 4)
    shifts = np.arange(0, 8, CODE_BITS, dtype=np.uint8)
    packed: Codes = (quads << shifts).sum(axis=2, dtype=np.uint8)
    return packed


def similarity(left: Codes, right: Codes) -> NDArray[np.float64]:
    """Estimate the Jaccard similarity of texts, row by row; between 0 and 1.

    Bits of different values agree by chance, which is taken off. The standard deviation is
    about 0.05 at 0.5.
    """
    differ = left ^ right
    differ = (differ | differ >> np.uint8(1)) & np.uint8(0x55)
    unlike = np.unpackbits(differ, axis=-1).sum(axis=-1)
    places = 4 * left.shape[-1]
    agreeing = 1.0 - unlike / places
    estimated: NDArray[np.float64] = (agreeing - _BY_CHANCE) / (1.0 - _BY_CHANCE)
    return estimated.clip(0.0, 1.0)


def similarity_of(agreeing: int, places: int) -> float:
    """Give the estimated similarity of texts of whose codes so many agree; see ``similarity``."""
    return min(1.0, max(0.0, (agreeing / places - _BY_CHANCE) / (1.0 - _BY_CHANCE)))


def bands(values: Signatures) -> Hashes:
    """Give a hash of each band of five values: texts that share one are candidates.

    Shape (texts, 8). Texts of similarity s share a band with probability 1 - (1 - s**5)**8.
    """
    rows = values[:, _ORDER[: BANDS * ROWS]].reshape(len(values), BANDS, ROWS).astype(np.uint64)
    hashes = np.broadcast_to(_SALTS[:BANDS], (len(values), BANDS)).copy()
    for row in range(ROWS):
        hashes = mixed(hashes ^ rows[:, :, row])
    return hashes


def _value(hashes: Hashes) -> NDArray[np.uint32]:
    """Give the low half, kept below the mark of an empty place."""
    return (hashes & np.uint64(0xFFFFFFFE)).astype(np.uint32)


def _fill(least: Signatures, sets: Shingles) -> None:
    """Give each empty place of a text with shingles the minimum of a hash of its own."""
    rows, places = np.nonzero(least == _EMPTY)
    sizes = np.diff(sets.starts)[rows]
    rows, places, sizes = rows[sizes > 0], places[sizes > 0], sizes[sizes > 0]
    if not len(rows):
        return
    begins = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    taken = np.arange(sizes.sum()) + np.repeat(sets.starts[rows] - begins, sizes)
    hashes = mixed(sets.hashes[taken] + np.repeat(_SALTS[places], sizes))
    least[rows, places] = np.minimum.reduceat(_value(hashes), begins)
