"""A text's vector, the card of the model that made it, and how a vector travels."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TokenIds = NDArray[np.int32]
"""One text's token ids, special ones included: shape [tokens]."""

Vector = NDArray[np.float32]
"""One text's embedding: shape [dimensions], of length 1."""

LENGTH_TOLERANCE = 1e-3
"""How far from 1 the length of a normalised float32 vector may be."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What must be equal for two vectors to be comparable, and where they were computed.

    ``model_revision`` is a digest of weights, tokenizer and graph options; ``provider`` is the
    execution provider that really ran.
    """

    model: str
    model_revision: str
    precision: str
    dimensions: int
    pooling: str
    normalized: bool
    max_tokens: int
    provider: str


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """One text's vector, and how many tokens of the text it speaks for.

    ``tokens`` counts the special ones too; ``truncated`` says that the text had more; ``mended``
    that the provider's vector was unusable and this is the numpy reference's. ``padding`` are the
    tokens that were computed beside, for company of other lengths.
    """

    vector: Vector
    tokens: int
    truncated: bool
    mended: bool = False
    padding: int = 0


def fault(vector: Vector, dimensions: int) -> str | None:
    """Say what is wrong with a vector that should be finite and of length 1; None if nothing."""
    if vector.shape != (dimensions,):
        return f"shape {vector.shape} instead of ({dimensions},)"
    length = float(np.linalg.norm(vector))
    # A NaN or an infinity makes the length one too, and no comparison with it holds.
    if not abs(length - 1) <= LENGTH_TOLERANCE:
        return f"length {length} instead of 1"
    return None


def to_base64(vector: Vector) -> str:
    """Give the base64 of the vector's little-endian float32 values."""
    return base64.b64encode(vector.astype("<f4", copy=False).tobytes()).decode("ascii")


def from_base64(text: str) -> Vector:
    """Read a vector that ``to_base64`` wrote."""
    return np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32, copy=False)
