"""The same encoder for batches of texts of unlike lengths, in ONNX Runtime's fused operators.

    input_ids int32 [B, S], lengths int32 [B]  ->  embedding float32 [B, dimensions], of length 1

Texts are padded at their end to S tokens; ``lengths`` says how many are a text's own. The operators
are those of the domain com.microsoft (ONNX Runtime, docs/ContribOperators.md: Attention with a
``mask_index`` of lengths, SkipLayerNormalization, BiasGelu), whose kernels for GPUs need no mask of
[B, S, S] and pass over what is padding.
"""

from __future__ import annotations

import numpy as np

from services.embed.architecture import Architecture
from services.embed.drawing import FLOAT, INPUT, INTEGER, LENGTHS, Drawing
from services.embed.graph import PARTS, embeddings, finish, refuse_too_large
from services.embed.recipe import Recipe
from services.embed.weights import Weights

FUSED = "com.microsoft"


def build_fused_graph(architecture: Architecture, weights: Weights, recipe: Recipe) -> bytes:
    """Give the serialised ONNX model of an encoder in fp16 or fp32.

    Raises:
        BadSetting: a weight is too large for fp16.
    """
    half = recipe.precision == "fp16"
    if half:
        refuse_too_large(weights)
    drawing = Drawing(architecture, weights, np.float16 if half else np.float32)
    hidden = embeddings(drawing)
    for layer in range(architecture.num_hidden_layers):
        prefix = f"encoder.layer.{layer}."
        hidden = _feed_forward(drawing, prefix, _attention(drawing, prefix, hidden))
    finish(drawing, _pooled(drawing, hidden, recipe), recipe)
    serialised: bytes = drawing.model(recipe.dimensions, batched=True).SerializeToString()
    return serialised


def _attention(drawing: Drawing, prefix: str, hidden: str) -> str:
    """Draw self-attention with its residual and norm: [B, S, hidden]."""
    name, weights = f"{prefix}attention.", drawing.weights
    parts = [f"{name}self.{part}" for part in PARTS]
    weight = np.concatenate([weights[f"{part}.weight"].T for part in parts], axis=1)
    bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
    heard = drawing.node(
        "Attention",
        [
            hidden,
            drawing.floats(f"{name}qkv.weight", weight),
            drawing.floats(f"{name}qkv.bias", bias),
            LENGTHS,
        ],
        f"{name}heard",
        domain=FUSED,
        num_heads=drawing.architecture.num_attention_heads,
    )
    return _residual(drawing, f"{name}output.", heard, hidden)


def _feed_forward(drawing: Drawing, prefix: str, hidden: str) -> str:
    """Draw the two dense layers with GELU between, residual and norm: [B, S, hidden]."""
    name = f"{prefix}intermediate.dense"
    bias = drawing.floats(f"{name}.bias", drawing.weights[f"{name}.bias"])
    active = drawing.node(
        "BiasGelu",
        [_product(drawing, hidden, name), bias],
        f"{prefix}intermediate.gelu",
        domain=FUSED,
    )
    return _residual(drawing, f"{prefix}output.", active, hidden)


def _residual(drawing: Drawing, prefix: str, source: str, hidden: str) -> str:
    """Draw a dense layer whose output is added to what went in before, then normalised."""
    names = (f"{prefix}LayerNorm.weight", f"{prefix}LayerNorm.bias", f"{prefix}dense.bias")
    constants = [drawing.floats(name, drawing.weights[name]) for name in names]
    return drawing.node(
        "SkipLayerNormalization",
        [_product(drawing, source, f"{prefix}dense"), hidden, *constants],
        f"{prefix}LayerNorm",
        domain=FUSED,
        epsilon=drawing.architecture.layer_norm_eps,
    )


def _product(drawing: Drawing, source: str, name: str) -> str:
    weight = drawing.floats(f"{name}.weight", drawing.weights[f"{name}.weight"].T)
    return drawing.node("MatMul", [source, weight], f"{name}.product")


def _pooled(drawing: Drawing, hidden: str, recipe: Recipe) -> str:
    """Draw the pooled vector, in float32 and of any length: [B, hidden]."""
    if recipe.precision == "fp16":
        hidden = drawing.node("Cast", [hidden], "hidden", to=FLOAT)
    if recipe.pooling == "cls":
        first = drawing.constant("first", np.array(0, np.int64))
        return drawing.node("Gather", [hidden, first], "cls", axis=1)
    tokens = drawing.integers("tokens", 1)
    row = drawing.node("Unsqueeze", [_own(drawing), tokens], "row")
    summed = drawing.node("MatMul", [row, hidden], "summed")
    # The sum in the mean's place: it is scaled to length 1 next.
    return drawing.node("Squeeze", [summed, tokens], "pooled")


def _own(drawing: Drawing) -> str:
    """Draw a 1 for each of a text's own tokens, and a 0 for padding: float32 [B, S]."""
    longest = drawing.node("Shape", [INPUT], "longest", start=1, end=2)
    count = drawing.node("Squeeze", [longest], "count")
    none = drawing.constant("none", np.array(0, np.int64))
    step = drawing.constant("step", np.array(1, np.int64))
    numbers = drawing.node("Range", [none, count, step], "numbers")
    lengths = drawing.node("Cast", [LENGTHS], "lengths.wide", to=INTEGER)
    column = drawing.node("Unsqueeze", [lengths, "tokens"], "column")
    return drawing.node("Cast", [drawing.node("Less", [numbers, column], "own")], "mask", to=FLOAT)
