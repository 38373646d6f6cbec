"""An artefact's parts, computed from the model's files alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.embed import quantisation
from services.embed.drawing import Channels
from services.embed.fused_graph import build_fused_graph
from services.embed.graph import Operators, build_graph
from services.embed.model import Model
from services.embed.parity import MOST_TOKENS, texts
from services.embed.recipe import Recipe
from services.embed.reference import forward, largest_inputs
from services.embed.references import References
from services.embed.tokenizer import Tokenizer, whole_ids
from services.embed.vector import TokenIds
from services.embed.weights import Weights, read_weights

Tell = Callable[[str], None]
"""Hears what is being done, in a few words, before each step that takes a while."""


def untold(_step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A graph, and what its answers must be."""

    graph: bytes
    channels: Channels | None
    references: References


def build(model: Model, recipe: Recipe, operators: Operators, tell: Tell) -> Built:
    """Build the graph of a model, and the references that it will be held to.

    Raises:
        BadSetting: the weights or the tokenizer cannot be used.
    """
    tell("reading the weights")
    weights = read_weights(model.weights_file, model.architecture)
    channels = None
    if recipe.precision == "int8":
        tell("choosing the channels that int8 leaves alone")
        channels = _channels(model, recipe, weights)
    tell("drawing the graph")
    if operators == "fused":
        graph = build_fused_graph(model.architecture, weights, recipe)
    else:
        graph = build_graph(model.architecture, weights, recipe, channels)
    return Built(graph, channels, references(model, recipe, weights, tell))


def references(model: Model, recipe: Recipe, weights: Weights, tell: Tell) -> References:
    """Compute what the gate's texts must become, in numpy and float64."""
    ids = gate_ids(model, recipe)
    tell(f"computing the reference vectors of {len(ids)} texts")
    return References(ids, np.stack(forward(ids, model.architecture, weights, recipe)))


def gate_ids(model: Model, recipe: Recipe) -> list[TokenIds]:
    """Give the token ids of the gate's texts, cut here and not by the tokenizer."""
    limit = gate_limit(model)
    whole = whole_ids(model.tokenizer_file, [recipe.prompt + text for text in texts()])
    # The last id is the separator, which a text that is cut keeps.
    return [
        ids if ids.size <= limit else np.concatenate([ids[: limit - 1], ids[-1:]]) for ids in whole
    ]


def gate_limit(model: Model) -> int:
    """Give the most tokens of a text of the gate."""
    return min(MOST_TOKENS, model.architecture.max_position_embeddings)


def _channels(model: Model, recipe: Recipe, weights: Weights) -> Channels:
    tokenizer = Tokenizer(
        model.tokenizer_file,
        model.architecture,
        max_tokens=gate_limit(model),
        prompt=recipe.prompt,
    )
    ids = [tokenizer.tokens(text).ids for text in quantisation.texts()]
    return quantisation.outliers(largest_inputs(ids, model.architecture, weights))
