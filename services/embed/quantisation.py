"""int8: which numbers are rounded, and which activation channels are too large to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

LEVELS = 127
APART = 4
"""Channels of a dense layer's input that are multiplied in float32.

A few channels are ten times as large as all others (28 against 3 in all-MiniLM-L6-v2), and one
scale has to serve them all. With none apart the worst of the gate's texts has a cosine of .980,
with 2 .9980, with 4 .9982, with 8 .9985; 8 cost 5 % of the speed.
"""

NEVER_APART = "attention.output.dense"
"""The layer whose input has no such channels: with 4 apart there too it is .9983 as well."""

TEXTS = files("services.embed") / "calibration.txt"


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """Weights as ``values * scales``: int8 [inputs, outputs] and float32 [outputs]."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]


def quantised(weight: NDArray[np.float32]) -> Quantised:
    """Round weights [inputs, outputs] to int8, symmetric, with a scale for each output."""
    largest = np.abs(weight).max(axis=0)
    # An output whose weights are all 0 has no scale: any will do.
    scales = np.where(largest > 0, largest / LEVELS, 1).astype(np.float32)
    # Clipped where the scale is so small that it has few digits of its own.
    values = np.clip(np.rint(weight / scales), -LEVELS, LEVELS)
    return Quantised(values.astype(np.int8), scales)


def outliers(largest: Mapping[str, NDArray[np.float64]]) -> dict[str, tuple[int, ...]]:
    """Choose the channels to be kept apart, in rising order, by the name of the dense layer.

    Args:
        largest: by dense layer, the largest absolute value of each channel of its input.
    """
    return {
        name: tuple(sorted(np.argsort(-values, kind="stable")[:APART].tolist()))
        for name, values in largest.items()
        if not name.endswith(NEVER_APART)
    }


def texts() -> Sequence[str]:
    """Give the invented texts whose activations choose the channels; none is of the gate's."""
    return TEXTS.read_text(encoding="utf-8").splitlines()
