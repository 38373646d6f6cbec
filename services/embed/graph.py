"""A BERT encoder as a plain ONNX graph, pooling and normalisation inside, built from its weights.

    input_ids int32 [B, S]  ->  embedding float32 [B, hidden], each row of length 1

Only operators of ai.onnx, so that ONNX Runtime fuses what suits the provider. There is no mask:
a batch holds texts of one length, most often a single text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from services.embed.architecture import Architecture
from services.embed.weights import Weights

OPSET = 20  # the first with Gelu
IR_VERSION = 9  # of the same ONNX release as the opset
INPUT = "input_ids"
OUTPUT = "embedding"
PARTS = ("query", "key", "value")
OPTIONS = {
    "graph": "1",  # raised with any change of what is computed: it is part of the model's revision
    "opset": str(OPSET),
    "precision": "fp32",
    "pooling": "mean",
    "normalized": "true",
}


def build_graph(architecture: Architecture, weights: Weights) -> bytes:
    """Give the serialised ONNX model that turns token ids into normalised mean-pooled vectors."""
    drawing = _Drawing(architecture, weights)
    hidden = _embeddings(drawing)
    for layer in range(architecture.num_hidden_layers):
        prefix = f"encoder.layer.{layer}."
        hidden = _feed_forward(drawing, prefix, _attention(drawing, prefix, hidden))
    _pooling(drawing, hidden)
    serialised: bytes = drawing.model().SerializeToString()
    return serialised


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The graph while it is drawn: nodes in order of computation, constants by their name.

    A node has one output, named like the node itself.
    """

    architecture: Architecture
    weights: Weights
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, TensorProto] = field(default_factory=dict)

    def node(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def integers(self, name: str, *values: int) -> str:
        return self.constant(name, np.array(values, np.int64))

    def dense(self, source: str, name: str, *parts: str) -> str:
        """Multiply by the weights and add the biases of the parts, side by side."""
        names = parts or (name,)
        # A checkpoint keeps them as [outputs, inputs]; MatMul wants [inputs, outputs].
        weight = np.concatenate([self.weights[f"{part}.weight"].T for part in names], axis=1)
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in names])
        product = self.node(
            "MatMul", [source, self.constant(f"{name}.weight", weight)], f"{name}.product"
        )
        return self.node("Add", [product, self.constant(f"{name}.bias", bias)], name)

    def norm(self, source: str, name: str) -> str:
        scale = self.constant(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"])
        epsilon = self.architecture.layer_norm_eps
        return self.node(
            "LayerNormalization", [source, scale, bias], name, axis=-1, epsilon=epsilon
        )

    def model(self) -> ModelProto:
        ids = helper.make_tensor_value_info(INPUT, TensorProto.INT32, ["B", "S"])
        size = self.architecture.hidden_size
        vectors = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["B", size])
        graph = helper.make_graph(
            self.nodes, "bert", [ids], [vectors], list(self.constants.values())
        )
        return helper.make_model(
            graph,
            producer_name="headrace",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )


def _embeddings(drawing: _Drawing) -> str:
    """Draw the sum of word, position and segment embeddings, normalised: [B, S, hidden]."""
    name = "embeddings."
    word = drawing.weights[f"{name}word_embeddings.weight"]
    position = drawing.weights[f"{name}position_embeddings.weight"]
    segment = drawing.weights[f"{name}token_type_embeddings.weight"][0]
    words = drawing.node("Gather", [drawing.constant("words", word), INPUT], f"{name}words")
    length = drawing.node("Shape", [INPUT], f"{name}length", start=1, end=2)
    places = drawing.node(
        "Slice",
        # A text alone is all segment 0, whose embedding is one row added to every position.
        [drawing.constant("places", position + segment), drawing.integers("zero", 0), length],
        f"{name}places",
    )
    return drawing.norm(drawing.node("Add", [words, places], f"{name}sum"), f"{name}LayerNorm")


def _attention(drawing: _Drawing, prefix: str, hidden: str) -> str:
    """Draw self-attention with its residual and norm: [B, S, hidden]."""
    heads, size = drawing.architecture.num_attention_heads, drawing.architecture.head_size
    name = f"{prefix}attention."
    mixed = drawing.dense(hidden, f"{name}qkv", *(f"{name}self.{part}" for part in PARTS))
    split = drawing.node(
        "Reshape", [mixed, drawing.integers("split", 0, 0, 3 * heads, size)], f"{name}split"
    )
    rows = drawing.node("Transpose", [split], f"{name}rows", perm=[0, 2, 1, 3])
    query, key, value = _thirds(drawing, rows, name)
    turned = drawing.node("Transpose", [key], f"{name}turned", perm=[0, 1, 3, 2])
    product = drawing.node("MatMul", [query, turned], f"{name}product")
    scale = drawing.constant("scale", np.array(size**-0.5, np.float32))
    scores = drawing.node("Mul", [product, scale], f"{name}scores")
    shares = drawing.node("Softmax", [scores], f"{name}shares", axis=-1)
    heard = drawing.node("MatMul", [shares, value], f"{name}heard")
    columns = drawing.node("Transpose", [heard], f"{name}columns", perm=[0, 2, 1, 3])
    joined = drawing.node(
        "Reshape", [columns, drawing.integers("join", 0, 0, heads * size)], f"{name}joined"
    )
    return _residual(drawing, f"{name}output.", joined, hidden)


def _thirds(drawing: _Drawing, rows: str, name: str) -> list[str]:
    """Draw the split of [B, 3 * heads, S, size] into query, key and value."""
    outputs = [f"{name}{part}" for part in PARTS]
    drawing.nodes.append(
        helper.make_node("Split", [rows], outputs, name=f"{name}thirds", axis=1, num_outputs=3)
    )
    return outputs


def _feed_forward(drawing: _Drawing, prefix: str, hidden: str) -> str:
    """Draw the two dense layers with GELU between, residual and norm: [B, S, hidden]."""
    inner = drawing.dense(hidden, f"{prefix}intermediate.dense")
    active = drawing.node("Gelu", [inner], f"{prefix}intermediate.gelu", approximate="none")
    return _residual(drawing, f"{prefix}output.", active, hidden)


def _residual(drawing: _Drawing, prefix: str, source: str, hidden: str) -> str:
    """Draw a dense layer whose output is added to what went in before, then normalised."""
    out = drawing.dense(source, f"{prefix}dense")
    return drawing.norm(drawing.node("Add", [out, hidden], f"{prefix}sum"), f"{prefix}LayerNorm")


def _pooling(drawing: _Drawing, hidden: str) -> None:
    """Draw the mean over the tokens, scaled to length 1: [B, hidden]."""
    axis = drawing.integers("tokens", 1)
    mean = drawing.node("ReduceMean", [hidden, axis], "mean", keepdims=0)
    drawing.node("LpNormalization", [mean], OUTPUT, axis=-1, p=2)
