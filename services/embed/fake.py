"""Hash vectors in a model's stead: for load and fault tests, where only the flow counts."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from services.embed.vector import Encoded, ModelCard, Vector

DIMENSIONS = 384


class FakeEncoder:
    """Gives each text a vector of its own, the same at each call, that means nothing."""

    def __init__(self, *, max_tokens: int) -> None:
        self.card = ModelCard(
            model="fake",
            model_revision="0" * 32,
            precision="fp32",
            dimensions=DIMENSIONS,
            pooling="none",
            normalized=True,
            max_tokens=max_tokens,
            provider="fake",
        )

    async def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode texts in their order; a word counts as a token."""
        digests = b"".join(
            blake2b(text.encode(), digest_size=DIMENSIONS // 8).digest() for text in texts
        )
        bits = np.unpackbits(np.frombuffer(digests, np.uint8)).reshape(-1, DIMENSIONS)
        # A corner of the cube for each text: all as long, and any two about at right angles.
        vectors = (bits.astype(np.float32) * 2 - 1) * np.float32(DIMENSIONS**-0.5)
        return [self._encoded(text, vector) for text, vector in zip(texts, vectors, strict=True)]

    def close(self) -> None:
        """Nothing to end."""

    def _encoded(self, text: str, vector: Vector) -> Encoded:
        words = text.count(" ") + 1
        limit = self.card.max_tokens
        return Encoded(vector, tokens=min(words, limit), truncated=words > limit)
