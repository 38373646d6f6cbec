"""Vectors as they travel, and what is wrong with a bad one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.embed.vector import fault, from_base64, to_base64


def test_a_vector_travels_as_little_endian_float32():
    assert to_base64(np.array([1.0, -2.0], np.float32)) == "AACAPwAAAMA="


@given(st.lists(st.floats(width=32, allow_nan=False), max_size=50))
def test_a_vector_comes_back_as_it_went(values):
    vector = np.array(values, np.float32)
    assert from_base64(to_base64(vector)).tobytes() == vector.tobytes()


@pytest.mark.parametrize("length", [1.0, 0.9995, 1.0005])
def test_a_length_within_the_tolerance_is_sound(length):
    assert fault(np.array([0.6, 0.8], np.float32) * np.float32(length), 2) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.6, 0.9], "length 1.08"),
        ([0.0, 0.0], "length 0.0"),
        ([np.nan, 1.0], "length nan"),
        ([np.inf, 0.0], "length inf"),
        ([1.0], "shape (1,)"),
    ],
)
def test_what_is_wrong_with_a_vector_is_said(values, said):
    wrong = fault(np.array(values, np.float32), 2)
    assert wrong is not None
    assert wrong.startswith(said)
