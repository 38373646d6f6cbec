"""The gate lets only faithful vectors pass."""

import numpy as np
import pytest

from services.common.errors import ExitStatus, Fatal
from services.embed.parity import Parity, gate, measure, texts


def test_equal_vectors_pass():
    vectors = [np.array([1, 0], np.float32), np.array([0.6, 0.8], np.float32)]
    parity = measure(vectors, vectors)
    assert parity == Parity(min_cosine=pytest.approx(1), max_difference=0, texts=2)
    gate(parity)


def test_the_worst_text_and_the_worst_value_count():
    references = [np.array([1, 0], np.float32), np.array([0, 1], np.float32)]
    parity = measure([references[0], np.array([0.6, 0.8], np.float32)], references)
    assert parity.min_cosine == pytest.approx(0.8)
    assert parity.max_difference == pytest.approx(0.6)


@pytest.mark.parametrize(
    "parity",
    [
        Parity(min_cosine=0.99998, max_difference=0, texts=9),
        Parity(min_cosine=1, max_difference=1.1e-5, texts=9),
        Parity(min_cosine=float("nan"), max_difference=0, texts=9),
        Parity(min_cosine=1, max_difference=float("nan"), texts=9),
    ],
)
def test_a_gate_that_fails_ends_the_start_with_the_figures(parity):
    with pytest.raises(Fatal) as caught:
        gate(parity)
    assert caught.value.status == ExitStatus.CONFIGURATION
    assert f"{parity.min_cosine:.7f}" in str(caught.value)
    assert f"{parity.max_difference:.2e}" in str(caught.value)


def test_the_gates_texts_hold_what_listings_hold():
    everything = texts()
    assert "" in everything
    assert any("$" in text for text in everything)
    assert any(ord(letter) > 0xFFFF for text in everything for letter in text)
    assert len(everything[-1]) > 4 * max(len(text) for text in everything[:-1])
