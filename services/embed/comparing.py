"""Two models on the same texts: whether what was embedded with one can be used beside the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.embed.building import Tell
from services.embed.opening import chosen, open_model
from services.embed.parity import overlap
from services.embed.settings import EmbedSection
from services.embed.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    model: str
    revision: str
    precision: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far two models agree.

    ``mean_cosine`` and ``min_cosine`` are of a text's two vectors, and None where their dimensions
    differ. ``overlap`` is the share of each text's ten nearest others by the first model that are
    among the ten nearest by the second.
    """

    texts: int
    left: Side
    right: Side
    mean_cosine: float | None
    min_cosine: float | None
    overlap: float

    @property
    def is_same(self) -> bool:
        """Whether vectors of the two may stand on one topic: the very same model."""
        return self.left.revision == self.right.revision


def compare(
    left: EmbedSection, right: EmbedSection, texts: Sequence[str], cache: Path, tell: Tell
) -> Comparison:
    """Embed texts with two models; each is built where the cache has none.

    Raises:
        BadSetting: no usable model, or a setting that does not fit it.
        Fatal: ONNX Runtime cannot run one, or it failed its gate.
    """
    (first, mine), (second, theirs) = (_vectors(each, texts, cache, tell) for each in (left, right))
    cosines = (mine * theirs).sum(axis=1) if first.dimensions == second.dimensions else None
    return Comparison(
        texts=len(texts),
        left=first,
        right=second,
        mean_cosine=None if cosines is None else float(cosines.mean()),
        min_cosine=None if cosines is None else float(cosines.min()),
        overlap=overlap(theirs, mine),
    )


def _vectors(
    section: EmbedSection, texts: Sequence[str], cache: Path, tell: Tell
) -> tuple[Side, NDArray[np.float64]]:
    choice = chosen(section)
    opened = open_model(choice, section, cache, tell=tell)
    tokenizer = Tokenizer(
        choice.model.tokenizer_file,
        choice.model.architecture,
        max_tokens=min(section.max_tokens, choice.model.architecture.max_position_embeddings),
        prompt=choice.recipe.prompt,
    )
    tell(f"embedding {len(texts)} texts with {choice.model.name}")
    vectors = opened.session.vectors([tokenizer.tokens(text).ids for text in texts])
    recipe = choice.recipe
    side = Side(choice.model.name, choice.revision, recipe.precision, recipe.dimensions)
    return side, np.stack(vectors).astype(np.float64)
