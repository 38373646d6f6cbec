"""Claims of papers that nobody wrote: random signatures of the usual make, cheap to make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.dedupe.claims import Claim, Owned
from services.dedupe.signature import HAS_ABSTRACT, KEY_BYTES, LONG

SEED = 7
BATCH = 256
COPIES = 0.15
NEAR_COPIES = 0.05
"""Shares of records seen before: word for word, and in other words. The rest is new."""

ID_BYTES, CODES_BYTES, SKETCH_BYTES = 16, 32, 12
SIGNATURE_BYTES = 134
KEYS_AT = CODES_BYTES + SKETCH_BYTES + 2
BANDS, TITLE, ARXIV, DOI = 8, 8, 9, 10
WITH_ARXIV, WITH_DOI = 0.5, 0.1
BANDS_LEFT = 5
"""Bands that a near copy has in common with its paper: it is worded 0.9 alike."""

Rows = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Batch:
    """Papers to be claimed together, and how many of them are new."""

    claims: list[Claim]
    new: int


class Stream:
    """Records of one lane, without end; the same seed, the same records."""

    def __init__(self, most: int) -> None:
        self._random = np.random.default_rng(SEED)
        self._known = np.zeros((most, ID_BYTES + SIGNATURE_BYTES), np.uint8)
        self._offset = 0
        self.papers = 0

    def batches(self, papers: int) -> Iterator[Batch]:
        """Give batches until so many papers are in the index."""
        while self.papers < papers:
            yield self._batch()

    def _batch(self) -> Batch:
        rows = _papers(self._random, BATCH)
        fate = self._random.random(BATCH)
        if self.papers:
            exact, near = fate < COPIES, (fate >= COPIES) & (fate < COPIES + NEAR_COPIES)
        else:
            exact = near = np.zeros(BATCH, bool)
        chosen = self._random.integers(0, max(1, self.papers), BATCH)
        rows[exact] = self._known[chosen[exact]]
        rows[near] = _reworded(self._random, self._known[chosen[near]])
        new = rows[~(exact | near)]
        kept = new[: len(self._known) - self.papers]
        self._known[self.papers : self.papers + len(kept)] = kept
        self.papers += len(kept)
        return Batch([self._claim(row.tobytes()) for row in rows], len(new))

    def _claim(self, row: bytes) -> Claim:
        self._offset += 1
        return Claim(Owned(row[:ID_BYTES].hex(), 0, self._offset), row[ID_BYTES:])


def _papers(random: np.random.Generator, count: int) -> Rows:
    rows = random.integers(0, 256, (count, ID_BYTES + SIGNATURE_BYTES), np.uint8)
    signatures = rows[:, ID_BYTES:]
    # A title of nine words sets one bit in six.
    sketches = rows[:, ID_BYTES + CODES_BYTES :][:, :SKETCH_BYTES]
    sketches &= random.integers(0, 256, sketches.shape, np.uint8)
    sketches &= random.integers(0, 256, sketches.shape, np.uint8)
    signatures[:, KEYS_AT - 2] = LONG | HAS_ABSTRACT | 9
    signatures[:, KEYS_AT - 1] = 0
    for key, share in ((ARXIV, WITH_ARXIV), (DOI, WITH_DOI)):
        _key(signatures, key)[random.random(count) >= share] = 0
    return rows


def _reworded(random: np.random.Generator, rows: Rows) -> Rows:
    """Give papers with other ids, one code in sixteen changed, and three bands that differ."""
    rows = rows.copy()
    rows[:, :ID_BYTES] = random.integers(0, 256, (len(rows), ID_BYTES), np.uint8)
    signatures = rows[:, ID_BYTES:]
    signatures[:, : CODES_BYTES // 4] ^= 1
    for band in range(BANDS_LEFT, BANDS):
        key = _key(signatures, band)
        key[:] = random.integers(0, 256, key.shape, np.uint8)
    return rows


def _key(signatures: Rows, number: int) -> Rows:
    at = KEYS_AT + KEY_BYTES * number
    return signatures[:, at : at + KEY_BYTES]
