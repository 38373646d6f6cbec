"""An artefact checked against its model: its files, its references, and its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.common.errors import BadSetting
from services.embed.artefact import Artefact, folder_of, read_artefact
from services.embed.building import Tell, references
from services.embed.opening import Choice, chosen, examined, opened
from services.embed.parity import SAME, Parity, failures, texts_digest
from services.embed.references import References, read_references
from services.embed.settings import EmbedSection
from services.embed.weights import read_weights


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found; ``wrong`` says in phrases what is, and is empty where nothing is."""

    choice: Choice
    artefact: Artefact
    parity: Parity
    provider: str
    wrong: tuple[str, ...]


def verify(section: EmbedSection, cache: Path, tell: Tell) -> Verdict:
    """Compute the references again from the model's weights, and hold the artefact to them.

    Raises:
        BadSetting: no usable model, or it is not built.
        Fatal: a file of the artefact is damaged, or ONNX Runtime cannot run it.
    """
    tell("reading the model's files")
    choice = chosen(section)
    artefact = read_artefact(folder_of(cache, choice.revision), gate=texts_digest())
    if artefact is None:
        raise BadSetting(
            f"{choice.model.name} {choice.recipe.precision} is not built: nothing to verify in "
            f"{folder_of(cache, choice.revision)}: `headrace model build`"
        )
    weights = read_weights(choice.model.weights_file, choice.model.architecture)
    fresh = references(choice.model, choice.recipe, weights, tell)
    session = opened(choice, section, artefact.graph)
    parity = examined(choice, session, fresh, tell)
    wrong = (
        *failures(parity, choice.recipe.precision),
        *_differences(read_references(artefact.references), fresh),
    )
    return Verdict(choice, artefact, parity, session.provider, wrong)


def _differences(kept: References, fresh: References) -> Iterator[str]:
    """Say how the references that each start is held to differ from those of the weights."""
    if kept.vectors.shape != fresh.vectors.shape:
        yield f"stored references of shape {kept.vectors.shape} instead of {fresh.vectors.shape}"
        return
    most = float(np.abs(kept.vectors - fresh.vectors).max())
    if not most <= SAME:
        yield f"stored references that differ from the weights' by up to {most:.2e}"
    if not all(map(np.array_equal, kept.ids, fresh.ids)):
        yield "stored token ids that the model's tokenizer does not give"
