"""The encoder's forward pass in numpy, float64: slow, short, and what every graph is held to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.embed.architecture import Architecture
from services.embed.recipe import Recipe
from services.embed.vector import TokenIds, Vector
from services.embed.weights import Weights

Matrix = NDArray[np.float64]
BLOCK_ROWS = 32
Note = Callable[[str, Matrix], None]

# erf by Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: |error| <= 1.5e-7.
_P = 0.3275911
_A = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


def forward(
    texts: Sequence[TokenIds], architecture: Architecture, weights: Weights, recipe: Recipe
) -> list[Vector]:
    """Give the vector of each text, shape [dimensions], of length 1.

    Layer by layer over all texts, so that one layer at a time is held in float64.
    """
    return [_pooled(hidden, recipe) for hidden in _encoded(texts, architecture, weights)]


def largest_inputs(
    texts: Sequence[TokenIds], architecture: Architecture, weights: Weights
) -> dict[str, NDArray[np.float64]]:
    """Give, for each dense layer of the graph, its input's largest absolute values.

    Returns:
        by the layer's name, an array of shape [channels]: the largest over all tokens of all texts.
    """
    largest: dict[str, NDArray[np.float64]] = {}

    def note(name: str, rows: Matrix) -> None:
        most = np.abs(rows).max(axis=0)
        largest[name] = np.maximum(largest[name], most) if name in largest else most

    _encoded(texts, architecture, weights, note)
    return largest


def _unheard(_name: str, _rows: Matrix) -> None:
    """Take no notice."""


def _encoded(
    texts: Sequence[TokenIds],
    architecture: Architecture,
    weights: Weights,
    note: Note = _unheard,
) -> list[Matrix]:
    """Give the last layer's output of each text: [tokens, hidden]."""
    # All texts below one another: few large products, and texts meet in none but attention's.
    hidden = np.concatenate([_embeddings(ids, architecture, weights) for ids in texts])
    ends = np.cumsum([ids.size for ids in texts])
    for layer in range(architecture.num_hidden_layers):
        encoder = _Layer(f"encoder.layer.{layer}.", architecture, weights, note)
        hidden = encoder.feed_forward(encoder.attention(hidden, ends))
    return np.split(hidden, ends[:-1])


def _pooled(hidden: Matrix, recipe: Recipe) -> Vector:
    pooled = hidden.mean(axis=0) if recipe.pooling == "mean" else hidden[0]
    leading = pooled[: recipe.dimensions]
    vector: Vector = (leading / np.linalg.norm(leading)).astype(np.float32)
    return vector


def gelu(x: Matrix) -> Matrix:
    """Give the Gaussian error linear unit of each value (Hendrycks and Gimpel, 2016), exact."""
    return x * (1 + erf(x / np.sqrt(2))) / 2


def erf(x: Matrix) -> Matrix:
    """Give the error function of each value, within 1.5e-7."""
    t = 1 / (1 + _P * np.abs(x))
    polynomial: Matrix = t * np.polyval(_A, t)
    return np.copysign(1 - polynomial * np.exp(-x * x), x)


def _embeddings(ids: TokenIds, architecture: Architecture, weights: Weights) -> Matrix:
    words = weights["embeddings.word_embeddings.weight"][ids].astype(np.float64)
    places = weights["embeddings.position_embeddings.weight"][: ids.size]
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    scale, shift = (weights[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias"))
    return _norm(words + places + segment, scale, shift, architecture.layer_norm_eps)


def _norm(
    rows: Matrix, scale: NDArray[np.floating], shift: NDArray[np.floating], epsilon: float
) -> Matrix:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    normed: Matrix = centred / np.sqrt(variance + epsilon) * scale + shift
    return normed


class _Layer:
    """One layer: every matrix is [tokens of all texts, channels].

    ``note`` hears of the input of every dense layer, by the name that the graph gives to it.
    """

    def __init__(
        self, prefix: str, architecture: Architecture, weights: Weights, note: Note
    ) -> None:
        self._architecture = architecture
        self._weights = {
            name.removeprefix(prefix): array.astype(np.float64)
            for name, array in weights.items()
            if name.startswith(prefix)
        }
        self._prefix = prefix
        self._note = note

    def attention(self, hidden: Matrix, ends: NDArray[np.int64]) -> Matrix:
        """Let the tokens of each text attend to one another; ``ends`` is where texts end."""
        self._note(f"{self._prefix}attention.qkv", hidden)
        parts = (
            np.split(self._product(f"attention.self.{part}", hidden), ends[:-1])
            for part in ("query", "key", "value")
        )
        heard = [self._heard(*text) for text in zip(*parts, strict=True)]
        return self._residual("attention.output.", np.concatenate(heard), hidden)

    def _heard(self, query: Matrix, key: Matrix, value: Matrix) -> Matrix:
        """Give what the tokens of one text hear of one another."""
        queries, keys, values = (self._heads(rows) for rows in (query, key, value))
        scores = queries @ keys.transpose(0, 2, 1) / np.sqrt(self._architecture.head_size)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        joined: Matrix = (shares @ values).transpose(1, 0, 2).reshape(query.shape)
        return joined

    def feed_forward(self, hidden: Matrix) -> Matrix:
        inner = self._dense("intermediate.dense", hidden)
        # A few rows at a time, which stay in the processor's cache over the many steps.
        blocks = np.array_split(inner, math.ceil(len(inner) / BLOCK_ROWS))
        return self._residual("output.", np.concatenate([gelu(rows) for rows in blocks]), hidden)

    def _residual(self, name: str, rows: Matrix, hidden: Matrix) -> Matrix:
        out = self._dense(f"{name}dense", rows) + hidden
        scale, shift = (self._weights[f"{name}LayerNorm.{part}"] for part in ("weight", "bias"))
        return _norm(out, scale, shift, self._architecture.layer_norm_eps)

    def _heads(self, rows: Matrix) -> Matrix:
        """Turn [tokens, channels] into [heads, tokens, channels of a head]."""
        shape = (len(rows), self._architecture.num_attention_heads, self._architecture.head_size)
        return rows.reshape(shape).transpose(1, 0, 2)

    def _dense(self, name: str, rows: Matrix) -> Matrix:
        self._note(f"{self._prefix}{name}", rows)
        return self._product(name, rows)

    def _product(self, name: str, rows: Matrix) -> Matrix:
        return rows @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
