"""A BERT encoder's weights, checked against its architecture where they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from services.common.errors import BadSetting
from services.embed.architecture import VARIABLE, Architecture

Weights = Mapping[str, NDArray[np.float32]]
"""Arrays by their name in the checkpoint, without a prefix such as ``bert.``."""

DTYPES = ("float32", "float16", "float64")


def expected_shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Give the shape of every array that the encoder is made of, by name."""
    hidden, inner = architecture.hidden_size, architecture.intermediate_size
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (architecture.vocab_size, hidden),
        "embeddings.position_embeddings.weight": (architecture.max_position_embeddings, hidden),
        "embeddings.token_type_embeddings.weight": (architecture.type_vocab_size, hidden),
        **_norm("embeddings.LayerNorm", hidden),
    }
    for layer in range(architecture.num_hidden_layers):
        prefix = f"encoder.layer.{layer}."
        for name in ("query", "key", "value"):
            shapes |= _dense(f"{prefix}attention.self.{name}", hidden, hidden)
        shapes |= _dense(f"{prefix}attention.output.dense", hidden, hidden)
        shapes |= _norm(f"{prefix}attention.output.LayerNorm", hidden)
        shapes |= _dense(f"{prefix}intermediate.dense", inner, hidden)
        shapes |= _dense(f"{prefix}output.dense", hidden, inner)
        shapes |= _norm(f"{prefix}output.LayerNorm", hidden)
    return shapes


def read_weights(path: Path, architecture: Architecture) -> Weights:
    """Read a model.safetensors as float32.

    Raises:
        BadSetting: the file is cut or damaged, or does not hold this architecture's arrays.
    """
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadSetting(
            f"{VARIABLE}: {path} cannot be read, it may be cut short: {error}; "
            "copy or install the model again"
        ) from error
    except TypeError as error:
        raise BadSetting(f"{VARIABLE}: {path}: {error}; take float32 weights") from error
    return dict(_checked(_without_prefix(arrays), architecture, path))


def _without_prefix(arrays: Mapping[str, NDArray[np.float32]]) -> Weights:
    """Drop the name of the encoder within a larger model, such as ``bert.``, where there is one."""
    if any(name.startswith("embeddings.") for name in arrays):
        return arrays
    return {name.partition(".")[2]: array for name, array in arrays.items()}


def _checked(
    arrays: Weights, architecture: Architecture, path: Path
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for name, shape in expected_shapes(architecture).items():
        array = _found(arrays, name, path)
        if array.shape != shape:
            raise BadSetting(
                f"{VARIABLE}: {path}: {name} has shape {array.shape}, config.json says {shape}"
            )
        yield name, array


def _found(arrays: Weights, name: str, path: Path) -> NDArray[np.float32]:
    array = arrays.get(name)
    if array is None:
        raise BadSetting(f"{VARIABLE}: {path} has no {name}: no BERT encoder")
    if array.dtype.name not in DTYPES:
        raise BadSetting(f"{VARIABLE}: {path}: {name} is {array.dtype}; take float32 weights")
    return array.astype(np.float32, copy=False)


def _dense(name: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, size: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (size,), f"{name}.bias": (size,)}
