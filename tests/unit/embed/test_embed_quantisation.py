"""Rounding weights, and choosing the channels that are left out of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.embed.quantisation import APART, outliers, quantised

MATRICES = arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.integers(-(10**6), 10**6).map(lambda n: n / 10**4),
)


@given(MATRICES)
def test_a_weight_is_within_half_a_step_of_itself(weight):
    made = quantised(weight)
    assert made.values.dtype == np.int8
    error = np.abs(made.values * made.scales.astype(np.float64) - weight)
    assert np.all(error <= made.scales * 0.501)


@given(MATRICES)
def test_the_largest_weight_of_each_output_takes_the_last_step(weight):
    made = quantised(weight)
    assert np.abs(made.values.astype(int)).max() <= 127
    for values, column in zip(made.values.T, weight.T, strict=True):
        if column.any():
            assert np.abs(values.astype(int)).max() == 127


def test_weights_next_to_nothing_stay_within_eight_bits():
    tiny = np.array([[2e-41, -2e-41]], np.float32)
    assert quantised(tiny).values.tolist() == [[127, -127]]


def test_an_output_without_weights_stays_zero():
    made = quantised(np.zeros((3, 2), np.float32))
    assert not made.values.any()
    assert np.isfinite(made.scales).all()


def test_the_largest_channels_are_apart_in_rising_order():
    largest = np.array([1, 9, 2, 8, 3, 7, 4, 6.5])
    assert outliers({"encoder.layer.0.output.dense": largest}) == {
        "encoder.layer.0.output.dense": (1, 3, 5, 7)
    }
    assert APART == 4


def test_equal_channels_are_chosen_by_their_place():
    assert outliers({"encoder.layer.0.attention.qkv": np.ones(9)}) == {
        "encoder.layer.0.attention.qkv": (0, 1, 2, 3)
    }


def test_what_attention_gives_has_no_channels_apart():
    assert outliers({"encoder.layer.3.attention.output.dense": np.arange(8.0)}) == {}
