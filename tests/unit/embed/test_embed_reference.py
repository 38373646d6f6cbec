"""The reference agrees with the mathematics it claims."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.embed.architecture import read_architecture
from services.embed.reference import erf, forward, largest_inputs
from services.embed.weights import read_weights
from tests.unit.embed.tiny import recipe


@given(st.floats(-30, 30))
def test_erf_is_within_its_published_error(x):
    assert abs(erf(np.array([x]))[0] - math.erf(x)) <= 1.5e-7


def test_a_vector_has_length_one_and_float32(make_model):
    folder = make_model()
    architecture = read_architecture(folder)
    weights = read_weights(folder / "model.safetensors", architecture)
    (vector,) = forward([np.array([2, 7, 3], np.int32)], architecture, weights, recipe())
    assert vector.dtype == np.float32
    assert abs(np.linalg.norm(vector) - 1) < 1e-6


def test_without_layers_a_vector_is_the_mean_of_normalised_embeddings(make_model):
    folder = make_model(num_hidden_layers=0, layer_norm_eps=0.0)
    architecture = read_architecture(folder)
    weights = {
        "embeddings.word_embeddings.weight": np.array([[1, 3], [5, 1]], np.float32),
        "embeddings.position_embeddings.weight": np.array([[0, 1], [2, 0]], np.float32),
        "embeddings.token_type_embeddings.weight": np.array([[1, 1]], np.float32),
        "embeddings.LayerNorm.weight": np.array([3, 1], np.float32),
        "embeddings.LayerNorm.bias": np.array([0, 1], np.float32),
    }
    # (1,3)+(0,1)+(1,1) = (2,5) -> (-1,1) -> (-3,2); (5,1)+(2,0)+(1,1) = (8,2) -> (1,-1) -> (3,0);
    # their mean (0,1) has length 1 already.
    texts = [np.array([0, 1], np.int32), np.array([1], np.int32)]
    two = recipe(dimensions=2)
    first, second = forward(texts, architecture, weights, two)
    assert np.allclose(first, [0, 1], atol=1e-7)
    # (5,1)+(0,1)+(1,1) = (6,3) -> (1,-1) -> (3,0)
    assert np.allclose(second, [1, 0], atol=1e-7)
    (cls,) = forward(texts[:1], architecture, weights, recipe(dimensions=2, pooling="cls"))
    assert np.allclose(cls, np.array([-3, 2]) / 13**0.5, atol=1e-7)
    (leading,) = forward(texts[:1], architecture, weights, recipe(dimensions=1, pooling="cls"))
    assert leading.tolist() == [-1]


def test_the_largest_inputs_of_every_dense_layer_are_over_all_texts(make_model):
    folder = make_model()
    architecture = read_architecture(folder)
    weights = read_weights(folder / "model.safetensors", architecture)
    texts = [np.array([2, n, 3], np.int32) for n in (7, 8, 9)]
    largest = largest_inputs(texts, architecture, weights)
    layers = ("attention.qkv", "attention.output.dense", "intermediate.dense", "output.dense")
    assert list(largest) == [f"encoder.layer.{n}.{name}" for n in (0, 1) for name in layers]
    assert [values.size for values in largest.values()] == [32, 32, 32, 48] * 2
    alone = [largest_inputs([text], architecture, weights) for text in texts]
    for name, values in largest.items():
        assert np.array_equal(values, np.max([one[name] for one in alone], axis=0))
