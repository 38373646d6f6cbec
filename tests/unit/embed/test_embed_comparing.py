"""Two models on the same texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.embed.building import untold
from services.embed.comparing import compare
from services.embed.settings import EmbedSection
from tests.unit.embed.tiny import write_model

TEXTS = ["fish", "gate river", "a b c d", "river fish gate", "z y x", "m n o p q r s t"] * 3


def section(folder: Path, **changes: object) -> EmbedSection:
    return EmbedSection(model=folder, device="cpu", max_tokens=64, **changes)  # type: ignore[arg-type]


def test_a_model_agrees_with_itself(make_model, tmp_path: Path) -> None:
    one = section(make_model())
    found = compare(one, one, TEXTS, tmp_path, untold)
    assert found.is_same
    assert found.min_cosine == pytest.approx(1)
    assert found.overlap == 1


def test_other_weights_are_another_model(make_model, tmp_path: Path) -> None:
    left, right = section(make_model()), section(write_model(tmp_path / "other", seed=1))
    found = compare(left, right, TEXTS, tmp_path, untold)
    assert not found.is_same
    assert found.mean_cosine is not None
    assert found.mean_cosine < 0.9
    assert found.texts == len(TEXTS)


def test_other_dimensions_have_neighbours_and_no_cosine(make_model, tmp_path: Path) -> None:
    folder = make_model()
    found = compare(section(folder), section(folder, dimensions=8), TEXTS, tmp_path, untold)
    assert (found.mean_cosine, found.left.dimensions, found.right.dimensions) == (None, 32, 8)
    assert 0 < found.overlap <= 1
