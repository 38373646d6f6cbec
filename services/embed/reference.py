"""The encoder's forward pass in numpy, float64: slow, short, and what every graph is held to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.embed.architecture import Architecture
from services.embed.vector import Vector
from services.embed.weights import Weights

Matrix = NDArray[np.float64]

# erf by Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: |error| <= 1.5e-7.
_P = 0.3275911
_A = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


def forward(ids: NDArray[np.int32], architecture: Architecture, weights: Weights) -> Vector:
    """Give one text's mean-pooled vector of length 1, shape [hidden]."""
    encoder = _Encoder(architecture, weights)
    hidden = encoder.embeddings(ids)
    for layer in range(architecture.num_hidden_layers):
        prefix = f"encoder.layer.{layer}."
        hidden = encoder.feed_forward(prefix, encoder.attention(prefix, hidden))
    mean = hidden.mean(axis=0)
    vector: Vector = (mean / np.linalg.norm(mean)).astype(np.float32)
    return vector


def erf(x: Matrix) -> Matrix:
    """Give the error function of each value, within 1.5e-7."""
    t = 1 / (1 + _P * np.abs(x))
    polynomial: Matrix = t * np.polyval(_A, t)
    return np.copysign(1 - polynomial * np.exp(-x * x), x)


class _Encoder:
    """The layers on one text: every matrix is [tokens, channels]."""

    def __init__(self, architecture: Architecture, weights: Weights) -> None:
        self._architecture = architecture
        self._weights = weights

    def embeddings(self, ids: NDArray[np.int32]) -> Matrix:
        words = self._weights["embeddings.word_embeddings.weight"][ids].astype(np.float64)
        places = self._weights["embeddings.position_embeddings.weight"][: ids.size]
        segment = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm("embeddings.LayerNorm", words + places + segment)

    def attention(self, prefix: str, hidden: Matrix) -> Matrix:
        name = f"{prefix}attention."
        query, key, value = (
            self._heads(self._dense(f"{name}self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(self._architecture.head_size)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        joined = (shares @ value).transpose(1, 0, 2).reshape(hidden.shape)
        out = self._dense(f"{name}output.dense", joined)
        return self._norm(f"{name}output.LayerNorm", out + hidden)

    def feed_forward(self, prefix: str, hidden: Matrix) -> Matrix:
        inner = self._dense(f"{prefix}intermediate.dense", hidden)
        active = inner * (1 + erf(inner / np.sqrt(2))) / 2
        out = self._dense(f"{prefix}output.dense", active)
        return self._norm(f"{prefix}output.LayerNorm", out + hidden)

    def _heads(self, rows: Matrix) -> Matrix:
        """Turn [tokens, channels] into [heads, tokens, channels of a head]."""
        shape = (len(rows), self._architecture.num_attention_heads, self._architecture.head_size)
        return rows.reshape(shape).transpose(1, 0, 2)

    def _dense(self, name: str, rows: Matrix) -> Matrix:
        return rows @ self._array(f"{name}.weight").T + self._array(f"{name}.bias")

    def _norm(self, name: str, rows: Matrix) -> Matrix:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        scaled: Matrix = centred / np.sqrt(variance + self._architecture.layer_norm_eps)
        return scaled * self._array(f"{name}.weight") + self._array(f"{name}.bias")

    def _array(self, name: str) -> Matrix:
        return self._weights[name].astype(np.float64)
