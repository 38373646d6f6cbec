"""An ONNX graph while it is drawn: nodes in order of computation, constants by their name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from services.embed.architecture import Architecture
from services.embed.weights import Weights

OPSET = 20  # the first with Gelu
IR_VERSION = 9  # of the same ONNX release as the opset
FLOAT, INTEGER = int(TensorProto.FLOAT), int(TensorProto.INT64)
INPUT, LENGTHS = "input_ids", "lengths"
OUTPUT = "embedding"

Channels = Mapping[str, tuple[int, ...]]
"""By the name of a dense layer, the input channels that are kept out of its int8 product."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The graph so far; a node with one output is named like it.

    Args:
        architecture: of the encoder.
        weights: of the encoder, float32.
        kind: float type of the constants, and so of the computation.
        channels: kept out of the int8 products; None draws dense layers in ``kind``.
    """

    architecture: Architecture
    weights: Weights
    kind: DTypeLike = np.float32
    channels: Channels | None = None
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, TensorProto] = field(default_factory=dict)

    def node(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def split(self, source: str, outputs: list[str], name: str, *, axis: int) -> list[str]:
        """Split into equal parts along an axis, an output each."""
        self.nodes.append(
            helper.make_node(
                "Split", [source], outputs, name=name, axis=axis, num_outputs=len(outputs)
            )
        )
        return outputs

    def quantised(self, source: str, name: str) -> tuple[str, str, str]:
        """Quantise to uint8 by the range of the values: the values, scale and zero point."""
        outputs = (f"{name}.steps", f"{name}.step", f"{name}.zero")
        self.nodes.append(
            helper.make_node("DynamicQuantizeLinear", [source], list(outputs), name=name)
        )
        return outputs

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.constants[name] = numpy_helper.from_array(np.asarray(array, order="C"), name)
        return name

    def floats(self, name: str, array: NDArray[np.float32]) -> str:
        return self.constant(name, array.astype(self.kind))

    def integers(self, name: str, *values: int) -> str:
        return self.constant(name, np.array(values, np.int64))

    def norm(self, source: str, name: str) -> str:
        scale = self.floats(f"{name}.weight", self.weights[f"{name}.weight"])
        bias = self.floats(f"{name}.bias", self.weights[f"{name}.bias"])
        epsilon = self.architecture.layer_norm_eps
        return self.node(
            "LayerNormalization", [source, scale, bias], name, axis=-1, epsilon=epsilon
        )

    def model(self, dimensions: int, *, batched: bool = False) -> ModelProto:
        """Give the model, whose output has this many dimensions.

        A ``batched`` one takes the lengths of texts beside their ids, and fused operators.
        """
        inputs = [helper.make_tensor_value_info(INPUT, TensorProto.INT32, ["B", "S"])]
        operators = [helper.make_opsetid("", OPSET)]
        if batched:
            inputs.append(helper.make_tensor_value_info(LENGTHS, TensorProto.INT32, ["B"]))
            operators.append(helper.make_opsetid("com.microsoft", 1))
        vectors = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["B", dimensions])
        graph = helper.make_graph(
            self.nodes, "bert", inputs, [vectors], list(self.constants.values())
        )
        return helper.make_model(
            graph, producer_name="headrace", ir_version=IR_VERSION, opset_imports=operators
        )
