"""What is counted of embedded papers."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from services.embed.figures import Figures, halves
from services.embed.quality import LEAST, Quality
from services.embed.vector import Encoded
from tests.invented import paper


def encoded(*values: float, tokens: int = 10, padding: int = 0, truncated: bool = False) -> Encoded:
    vector = np.array(values, np.float32)
    return Encoded(vector / np.linalg.norm(vector), tokens, truncated, padding=padding)


async def found(figures: Figures, *texts: Encoded, **more: object) -> dict[str, list[float]]:
    gathered = defaultdict(list)
    for measure in await figures.of(texts, more.get("pairs", ())):  # type: ignore[arg-type]
        gathered[measure.metric].append(measure.value)
    return gathered


async def test_tokens_padding_and_cut_texts_are_added_up() -> None:
    texts = encoded(1, 0, tokens=7, padding=1), encoded(0, 1, tokens=256, truncated=True)
    figures = await found(Figures(Quality(2)), *texts)
    assert figures["tokens_total"] == [263]
    assert figures["padding_tokens_total"] == [1]
    assert figures["truncated_texts_total"] == [1]
    assert figures["outlier_ratio"] == [0, 0]


async def test_the_spread_is_told_once_there_is_one() -> None:
    figures = Figures(Quality(2, now=lambda: 0.0))
    assert "effective_rank" not in await found(figures, encoded(1, 0))
    spread = await found(figures, *[encoded(1, 0), encoded(0, 1)] * LEAST)
    assert spread["effective_rank"] == [pytest.approx(2, abs=0.01)]
    assert spread["norm_deviation_ratio"] == [pytest.approx(0, abs=1e-6)]


async def test_title_and_abstract_are_compared() -> None:
    pairs = [(encoded(1, 0), encoded(1, 0)), (encoded(1, 0), encoded(0, 1))]
    figures = await found(Figures(Quality(2)), encoded(1, 0), pairs=pairs)
    assert figures["title_abstract_ratio"] == [pytest.approx(1), pytest.approx(0)]


def test_one_paper_in_64_is_sampled_and_always_the_same() -> None:
    ids = [f"{number:032x}" for number in range(0, 2**128, 2**128 // 512)]
    sampled = [halves(paper("any", paper_id=each)) for each in ids]
    assert sum(each is not None for each in sampled) == 512 / 64
    one = paper("any", paper_id="0" * 32)
    assert halves(one) == (one.title, one.abstract)


@pytest.mark.parametrize("absent", [{"title": None}, {"abstract": None}, {"paper_id": None}])
def test_half_a_paper_is_not_sampled(absent: dict[str, None]) -> None:
    assert halves(paper("any", **({"paper_id": "0" * 32} | absent))) is None


async def test_a_half_that_is_no_vector_is_not_compared() -> None:
    broken = Encoded(np.full(2, np.nan, np.float32), tokens=1, truncated=False)
    pairs = [(broken, encoded(1, 0)), (encoded(1, 0), encoded(1, 0))]
    figures = await found(Figures(Quality(2)), encoded(1, 0), pairs=pairs)
    assert figures["title_abstract_ratio"] == [pytest.approx(1)]
