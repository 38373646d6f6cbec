"""A BERT encoder as a plain ONNX graph, pooling and normalisation inside, built from its weights.

    input_ids int32 [B, S]  ->  embedding float32 [B, dimensions], each row of length 1

Only operators of ai.onnx, so that ONNX Runtime fuses what suits the provider. There is no mask:
a batch holds texts of one length, most often a single text.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from services.common.errors import BadSetting
from services.embed.architecture import VARIABLE, Architecture
from services.embed.dense import dense
from services.embed.drawing import FLOAT, INPUT, OPSET, OUTPUT, Channels, Drawing
from services.embed.quantisation import APART
from services.embed.recipe import Precision, Recipe
from services.embed.weights import Weights

PARTS = ("query", "key", "value")

Operators = Literal["plain", "fused"]
"""Those of ai.onnx alone, for one text a run, or those of ``fused_graph`` for batches."""

VERSION = "2"
"""Raised with any change of what is computed: it is part of the model's revision."""


def options(precision: Precision, operators: Operators = "plain") -> dict[str, str]:
    """Give what a graph of this precision depends on beside weights, sizes and recipe."""
    common = {"graph": VERSION, "opset": str(OPSET)}
    if operators == "fused":
        return common | {"operators": operators}
    return common | {"channels_apart": str(APART)} if precision == "int8" else common


def build_graph(
    architecture: Architecture,
    weights: Weights,
    recipe: Recipe,
    channels: Channels | None = None,
) -> bytes:
    """Give the serialised ONNX model that turns token ids into normalised pooled vectors.

    Args:
        architecture: of the encoder.
        weights: of the encoder.
        recipe: its precision, pooling and dimensions.
        channels: with int8, by dense layer, those that are multiplied in float32.

    Raises:
        BadSetting: a weight is too large for fp16.
    """
    assert (channels is not None) == (recipe.precision == "int8")
    half = recipe.precision == "fp16"
    if half:
        refuse_too_large(weights)
    drawing = Drawing(architecture, weights, np.float16 if half else np.float32, channels)
    hidden = embeddings(drawing)
    for layer in range(architecture.num_hidden_layers):
        prefix = f"encoder.layer.{layer}."
        hidden = _feed_forward(drawing, prefix, _attention(drawing, prefix, hidden))
    finish(drawing, _pooled(drawing, hidden, recipe), recipe)
    serialised: bytes = drawing.model(recipe.dimensions).SerializeToString()
    return serialised


def refuse_too_large(weights: Weights) -> None:
    """Refuse weights that fp16 does not hold.

    Raises:
        BadSetting: names the first of them.
    """
    most = float(np.finfo(np.float16).max)
    for name, array in weights.items():
        if not np.abs(array).max() <= most:
            raise BadSetting(
                f"HEADRACE_EMBED__PRECISION: {name} of {VARIABLE} holds values beyond {most:.0f}, "
                "the most that fp16 has: take fp32"
            )


def embeddings(drawing: Drawing) -> str:
    """Draw the sum of word, position and segment embeddings, normalised: [B, S, hidden]."""
    name = "embeddings."
    word = drawing.weights[f"{name}word_embeddings.weight"]
    position = drawing.weights[f"{name}position_embeddings.weight"]
    segment = drawing.weights[f"{name}token_type_embeddings.weight"][0]
    words = drawing.node("Gather", [drawing.floats("words", word), INPUT], f"{name}words")
    length = drawing.node("Shape", [INPUT], f"{name}length", start=1, end=2)
    places = drawing.node(
        "Slice",
        # A text alone is all segment 0, whose embedding is one row added to every position.
        [drawing.floats("places", position + segment), drawing.integers("zero", 0), length],
        f"{name}places",
    )
    return drawing.norm(drawing.node("Add", [words, places], f"{name}sum"), f"{name}LayerNorm")


def _attention(drawing: Drawing, prefix: str, hidden: str) -> str:
    """Draw self-attention with its residual and norm: [B, S, hidden]."""
    heads, size = drawing.architecture.num_attention_heads, drawing.architecture.head_size
    name = f"{prefix}attention."
    mixed = dense(drawing, hidden, f"{name}qkv", *(f"{name}self.{part}" for part in PARTS))
    split = drawing.node(
        "Reshape", [mixed, drawing.integers("split", 0, 0, 3 * heads, size)], f"{name}split"
    )
    rows = drawing.node("Transpose", [split], f"{name}rows", perm=[0, 2, 1, 3])
    query, key, value = drawing.split(
        rows, [f"{name}{part}" for part in PARTS], f"{name}thirds", axis=1
    )
    turned = drawing.node("Transpose", [key], f"{name}turned", perm=[0, 1, 3, 2])
    product = drawing.node("MatMul", [query, turned], f"{name}product")
    scale = drawing.floats("scale", np.array(size**-0.5, np.float32))
    scores = drawing.node("Mul", [product, scale], f"{name}scores")
    shares = drawing.node("Softmax", [scores], f"{name}shares", axis=-1)
    heard = drawing.node("MatMul", [shares, value], f"{name}heard")
    columns = drawing.node("Transpose", [heard], f"{name}columns", perm=[0, 2, 1, 3])
    joined = drawing.node(
        "Reshape", [columns, drawing.integers("join", 0, 0, heads * size)], f"{name}joined"
    )
    return _residual(drawing, f"{name}output.", joined, hidden)


def _feed_forward(drawing: Drawing, prefix: str, hidden: str) -> str:
    """Draw the two dense layers with GELU between, residual and norm: [B, S, hidden]."""
    inner = dense(drawing, hidden, f"{prefix}intermediate.dense")
    active = drawing.node("Gelu", [inner], f"{prefix}intermediate.gelu", approximate="none")
    return _residual(drawing, f"{prefix}output.", active, hidden)


def _residual(drawing: Drawing, prefix: str, source: str, hidden: str) -> str:
    """Draw a dense layer whose output is added to what went in before, then normalised."""
    out = dense(drawing, source, f"{prefix}dense")
    return drawing.norm(drawing.node("Add", [out, hidden], f"{prefix}sum"), f"{prefix}LayerNorm")


def _pooled(drawing: Drawing, hidden: str, recipe: Recipe) -> str:
    """Draw the pooled vector: float32 [B, hidden]."""
    if recipe.precision == "fp16":
        # A sum of squares soon leaves what fp16 can tell apart, and this is little work.
        hidden = drawing.node("Cast", [hidden], "hidden", to=FLOAT)
    if recipe.pooling == "mean":
        axis = drawing.integers("tokens", 1)
        return drawing.node("ReduceMean", [hidden, axis], "mean", keepdims=0)
    first = drawing.constant("first", np.array(0, np.int64))
    return drawing.node("Gather", [hidden, first], "cls", axis=1)


def finish(drawing: Drawing, pooled: str, recipe: Recipe) -> None:
    """Draw a pooled vector's leading dimensions, scaled to length 1: [B, dimensions]."""
    if recipe.dimensions < drawing.architecture.hidden_size:
        start, end = drawing.integers("start", 0), drawing.integers("end", recipe.dimensions)
        pooled = drawing.node(
            "Slice", [pooled, start, end, drawing.integers("channels", 1)], "leading"
        )
    drawing.node("LpNormalization", [pooled], OUTPUT, axis=-1, p=2)
