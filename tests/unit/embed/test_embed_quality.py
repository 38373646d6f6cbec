"""The window over the last vectors: what they span, and which are unlike the others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.embed.quality import LEAST, LOOK_SECONDS, Quality, effective_rank


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def drawn(count: int, dimensions: int, seed: int = 1) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).normal(size=(count, dimensions)))


@given(st.integers(1, 12), st.integers(0, 99))
def test_the_rank_of_as_many_directions_is_their_number(directions: int, seed: int) -> None:
    turned, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(16, 16)))
    vectors = np.repeat(turned[:directions], 5, axis=0).astype(np.float32)
    assert effective_rank(vectors) == pytest.approx(directions, rel=1e-3)


def test_the_rank_is_that_of_the_singular_values() -> None:
    for shape in ((200, 32), (20, 64)):
        vectors = drawn(*shape)
        values = np.linalg.svd(vectors.astype(np.float64), compute_uv=False)
        shares = values / values.sum()
        expected = np.exp(-(shares * np.log(shares)).sum())
        assert effective_rank(vectors) == pytest.approx(expected, rel=1e-4)


def test_vectors_that_collapse_lose_their_rank() -> None:
    spread, one = drawn(500, 64), drawn(1, 64)
    collapsed = unit(one + 0.01 * drawn(500, 64, seed=2).astype(np.float64))
    assert effective_rank(spread) > 50
    assert effective_rank(collapsed) < 5


def test_what_is_unlike_all_before_it_has_a_high_score() -> None:
    middle = drawn(1, 64)
    usual = unit(middle + 0.3 * drawn(300, 64, seed=2).astype(np.float64))
    quality = Quality(64)
    assert quality.add(list(usual[:LEAST])) == [0.0] * LEAST
    scores = quality.add(list(usual[LEAST:]))
    odd = quality.add([-middle[0]])[0]
    assert max(scores) < 0.2
    assert odd > 1.9


def test_the_window_forgets_what_left_it() -> None:
    quality = Quality(16, window=100, now=lambda: 0.0)
    quality.add(list(np.repeat(drawn(1, 16), 250, axis=0)))
    quality.add(list(drawn(130, 16, seed=2)))
    found = quality.look()
    assert found is not None
    assert found.effective_rank == pytest.approx(effective_rank(drawn(130, 16, seed=2)[30:]), 1e-3)
    assert found.norm_deviation < 1e-6


def test_the_window_is_not_looked_at_with_each_batch() -> None:
    clock = [0.0]
    quality = Quality(8, now=lambda: clock[0])
    quality.add(list(drawn(LEAST - 1, 8)))
    assert quality.look() is None
    quality.add(list(drawn(1, 8)))
    assert quality.look() is not None
    assert quality.look() is None
    clock[0] += LOOK_SECONDS
    assert quality.look() is not None


def test_a_length_that_is_off_is_told() -> None:
    vectors = drawn(LEAST, 8)
    vectors[3] *= np.float32(1.25)
    quality = Quality(8)
    quality.add(list(vectors))
    found = quality.look()
    assert found is not None
    assert found.norm_deviation == pytest.approx(0.25, abs=1e-5)
