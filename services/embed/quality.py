"""What the vectors themselves tell: whether they still spread, and which are unlike all others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.embed.vector import Vector

WINDOW = 1_024
LEAST = 64
"""Vectors below which a rank says nothing."""

LOOK_SECONDS = 10.0
SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """What a window of vectors spans.

    ``effective_rank`` is between 1, all vectors are one, and the number of dimensions;
    ``norm_deviation`` is how far the length that is farthest from 1 is from it.
    """

    effective_rank: float
    norm_deviation: float


class Quality:
    """The last vectors, in a window that slides.

    Args:
        dimensions: of a vector.
        window: vectors in it.
        now: gives the time in seconds.
    """

    def __init__(
        self,
        dimensions: int,
        *,
        window: int = WINDOW,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vectors = np.zeros((window, dimensions), np.float32)
        self._sum = np.zeros(dimensions, np.float64)
        self._seen = 0
        self._now = now
        self._looked_at = -LOOK_SECONDS

    def add(self, vectors: Sequence[Vector]) -> list[float]:
        """Take vectors in, and give how far each is from the mean of those before them.

        1 less the cosine, so 0 is the middle and 1 at right angles to it; 0 for all of the first
        ones, before which there is no mean.
        """
        if not vectors:
            return []
        new = np.asarray(vectors, np.float32)
        scores = self._scores(new)
        for at in range(0, len(new), len(self._vectors)):
            self._keep(new[at : at + len(self._vectors)])
        return scores

    def look(self) -> Spread | None:
        """Give what the window spans; None where it was looked at just now, or holds too little.

        A millisecond or some ten for 1,024 vectors of 384, so not with each batch.
        """
        held = min(self._seen, len(self._vectors))
        if held < LEAST or self._now() - self._looked_at < LOOK_SECONDS:
            return None
        self._looked_at = self._now()
        vectors = self._vectors[:held]
        lengths = np.linalg.norm(vectors, axis=1)
        return Spread(effective_rank(vectors), float(np.max(np.abs(lengths - 1))))

    def _scores(self, new: NDArray[np.float32]) -> list[float]:
        length = float(np.linalg.norm(self._sum))
        if self._seen < LEAST or length < SMALLEST:
            return [0.0] * len(new)
        lengths = np.maximum(np.linalg.norm(new, axis=1), SMALLEST)
        return [float(score) for score in 1 - new @ (self._sum / length) / lengths]

    def _keep(self, new: NDArray[np.float32]) -> None:
        places = (self._seen + np.arange(len(new))) % len(self._vectors)
        self._sum += new.sum(axis=0) - self._vectors[places].sum(axis=0)
        self._vectors[places] = new
        self._seen += len(new)


def effective_rank(vectors: NDArray[np.float32]) -> float:
    """Give the effective rank of vectors of shape (vectors, dimensions).

    The exponential of the entropy of the singular values' shares (RankMe, Garrido et al. 2023; Roy
    and Vetterli 2007): how many directions are in use, counted softly.
    """
    # The eigenvalues of the smaller Gram matrix are the squares of the singular values.
    wide = vectors.shape[1] > vectors.shape[0]
    exact = vectors.astype(np.float64)
    gram = exact @ exact.T if wide else exact.T @ exact
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0))
    shares = values / max(float(values.sum()), SMALLEST)
    shares = shares[shares > SMALLEST]
    return float(np.exp(-(shares * np.log(shares)).sum()))
