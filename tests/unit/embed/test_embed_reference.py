"""The reference agrees with the mathematics it claims."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.embed.architecture import read_architecture
from services.embed.reference import erf, forward
from services.embed.weights import read_weights


@given(st.floats(-30, 30))
def test_erf_is_within_its_published_error(x):
    assert abs(erf(np.array([x]))[0] - math.erf(x)) <= 1.5e-7


def test_a_vector_has_length_one_and_float32(make_model):
    folder = make_model()
    architecture = read_architecture(folder)
    weights = read_weights(folder / "model.safetensors", architecture)
    vector = forward(np.array([2, 7, 3], np.int32), architecture, weights)
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
    vector = forward(np.array([0, 1], np.int32), architecture, weights)
    assert np.allclose(vector, [0, 1], atol=1e-7)
