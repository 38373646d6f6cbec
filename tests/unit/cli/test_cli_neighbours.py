from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from services.cli.neighbours import nearest
from services.common.records import Embedding, EnrichedPaper
from services.embed.vector import to_base64
from tests.invented import paper


def enriched(name: str, *values: float) -> EnrichedPaper:
    vector = np.array(values, np.float32) / np.linalg.norm(values)
    embedding = Embedding(
        model="m",
        model_revision="0",
        precision="fp32",
        dimensions=len(values),
        pooling="mean",
        normalized=True,
        max_tokens=256,
        tokens=3,
        truncated=False,
        provider="CPUExecutionProvider",
        vector=to_base64(vector.astype(np.float32)),
    )
    fields = msgspec.structs.asdict(paper(name, title=name))
    return EnrichedPaper(**fields, embedding=embedding, enriched_at=datetime.now(UTC))


def test_the_closest_pair_comes_first_and_each_pair_once():
    papers = [enriched("a", 1, 0), enriched("b", 0, 1), enriched("c", 1, 0.1), enriched("d", 1, 1)]
    pairs = nearest(papers)
    assert [(pair.paper.title, pair.neighbour.title) for pair in pairs] == [
        ("a", "c"),
        ("d", "c"),
        ("b", "d"),
    ]
    assert pairs[0].cosine == pytest.approx(1 / np.sqrt(1.01), abs=1e-6)


@pytest.mark.parametrize("papers", [[], [enriched("a", 1, 0)]])
def test_fewer_than_two_papers_have_no_neighbours(papers):
    assert nearest(papers) == []
