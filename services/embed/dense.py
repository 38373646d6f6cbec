"""Dense layers, drawn in the graph's own float type or as int8 products."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.embed.drawing import FLOAT, Drawing
from services.embed.quantisation import quantised

Matrix = NDArray[np.float32]


def dense(drawing: Drawing, source: str, name: str, *parts: str) -> str:
    """Draw the product with the weights of the parts, side by side, and the sum with their biases.

    ``name`` is the layer's, and its only part's where no parts are given.
    """
    names = parts or (name,)
    # A checkpoint keeps them as [outputs, inputs]; MatMul wants [inputs, outputs].
    weight = np.concatenate([drawing.weights[f"{part}.weight"].T for part in names], axis=1)
    bias = drawing.floats(
        f"{name}.bias", np.concatenate([drawing.weights[f"{part}.bias"] for part in names])
    )
    if drawing.channels is None:
        product = _float_product(drawing, source, f"{name}.product", weight)
        return drawing.node("Add", [product, bias], name)
    apart = drawing.channels.get(name, ())
    if not apart:
        product = _int8_product(drawing, source, f"{name}.product", weight)
        return drawing.node("Add", [product, bias], name)
    return _two_paths(drawing, source, name, weight, bias, apart)


def _two_paths(
    drawing: Drawing, source: str, name: str, weight: Matrix, bias: str, apart: tuple[int, ...]
) -> str:
    """Draw the channels that spike as a small float product, all others as an int8 product.

    Zeroed, those channels no longer stretch the range that 256 steps have to cover.
    """
    picks = drawing.integers(f"{name}.picks", *apart)
    few = drawing.node("Gather", [source, picks], f"{name}.few", axis=-1)
    exact = _float_product(drawing, few, f"{name}.exact", weight[list(apart)])
    keep = np.ones(len(weight), np.float32)
    keep[list(apart)] = 0
    kept = drawing.node("Mul", [source, drawing.floats(f"{name}.keep", keep)], f"{name}.kept")
    rest = weight.copy()
    rest[list(apart)] = 0
    product = _int8_product(drawing, kept, f"{name}.product", rest)
    # The bias right after the product: ONNX Runtime makes one operator of both.
    shifted = drawing.node("Add", [product, bias], f"{name}.shifted")
    return drawing.node("Add", [shifted, exact], name)


def _float_product(drawing: Drawing, source: str, name: str, weight: Matrix) -> str:
    return drawing.node("MatMul", [source, drawing.floats(f"{name}.weight", weight)], name)


def _int8_product(drawing: Drawing, source: str, name: str, weight: Matrix) -> str:
    """Draw the product of activations quantised as they come and weights quantised per output."""
    steps, step, zero = drawing.quantised(source, f"{name}.input")
    small = quantised(weight)
    inputs = [steps, drawing.constant(f"{name}.weight", small.values), zero]
    integers = drawing.node("MatMulInteger", inputs, f"{name}.integers")
    floats = drawing.node("Cast", [integers], f"{name}.floats", to=FLOAT)
    unit = drawing.node(
        "Mul", [step, drawing.constant(f"{name}.scales", small.scales)], f"{name}.unit"
    )
    return drawing.node("Mul", [floats, unit], name)
