"""Weights are whole and fit the config, or are refused by name."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from services.common.errors import BadSetting
from services.embed.architecture import read_architecture
from services.embed.weights import read_weights

QUERY = "encoder.layer.1.attention.self.query.weight"


def weights_of(folder):
    return read_weights(folder / "model.safetensors", read_architecture(folder))


def rewrite(folder, change):
    arrays = load_file(folder / "model.safetensors")
    save_file(change(arrays), folder / "model.safetensors")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_weights_cut_short_are_refused(make_model, share):
    folder = make_model()
    path = folder / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadSetting, match=r"HEADRACE_EMBED__MODEL: .*cut short.*install the model"):
        weights_of(folder)


def test_a_missing_array_is_named(make_model):
    folder = make_model()
    rewrite(folder, lambda arrays: {k: v for k, v in arrays.items() if k != QUERY})
    with pytest.raises(BadSetting, match=f"has no {QUERY}"):
        weights_of(folder)


def test_an_array_of_another_shape_is_named(make_model):
    folder = make_model()
    rewrite(folder, lambda arrays: {**arrays, QUERY: np.zeros((32, 31), np.float32)})
    with pytest.raises(BadSetting, match=rf"{QUERY} has shape \(32, 31\).*\(32, 32\)"):
        weights_of(folder)


def test_integers_are_no_weights(make_model):
    folder = make_model()
    rewrite(folder, lambda arrays: {**arrays, QUERY: np.zeros((32, 32), np.int8)})
    with pytest.raises(BadSetting, match=f"{QUERY} is int8"):
        weights_of(folder)


def test_a_type_that_numpy_lacks_is_refused(make_model):
    folder = make_model()
    (folder / "model.safetensors").write_bytes(as_bfloat16(weights_of(folder)))
    with pytest.raises(BadSetting, match=r"bfloat16.*take float32 weights"):
        weights_of(folder)


def as_bfloat16(weights):
    """Give a safetensors file of zeros in the shapes of the weights."""
    entries, end = {}, 0
    for name, array in weights.items():
        start, end = end, end + 2 * array.size
        entries[name] = {"dtype": "BF16", "shape": array.shape, "data_offsets": [start, end]}
    header = json.dumps(entries).encode()
    return len(header).to_bytes(8, "little") + header + bytes(end)


def test_a_prefix_before_every_name_is_dropped(make_model):
    folder = make_model()
    plain = weights_of(folder)
    rewrite(folder, lambda arrays: {f"bert.{name}": array for name, array in arrays.items()})
    prefixed = weights_of(folder)
    assert prefixed.keys() == plain.keys()
    assert np.array_equal(prefixed[QUERY], plain[QUERY])


def test_half_precision_is_read_as_float32(make_model):
    folder = make_model()
    rewrite(folder, lambda arrays: {k: v.astype(np.float16) for k, v in arrays.items()})
    assert {array.dtype for array in weights_of(folder).values()} == {np.dtype(np.float32)}
