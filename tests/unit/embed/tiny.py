"""A tiny random BERT in files, as a publisher would lay them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from services.embed.architecture import Architecture
from services.embed.recipe import Recipe
from services.embed.weights import expected_shapes

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "vocab_size": 40,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz", "fish", "gate", "river")


def write_model(
    folder: Path,
    *,
    seed: int = 0,
    files: dict[str, Any] | None = None,
    kind: DTypeLike = np.float32,
    prefix: str = "",
    **config: Any,
) -> Path:
    """Write a model's folder.

    Args:
        folder: to be made.
        seed: of its weights.
        files: more JSON files, by their path.
        kind: float type of the weights.
        prefix: of the weights' names.
        config: changes to its config.json; the weights stay those of SIZES.
    """
    folder.mkdir()
    content = {"model_type": "bert", "hidden_act": "gelu", **SIZES, **config}
    for path, value in {"config.json": content, **(files or {})}.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(value))
    weights = random_weights(seed)
    save_file(
        {prefix + name: array.astype(kind) for name, array in weights.items()},
        folder / "model.safetensors",
    )
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def random_weights(seed: int) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    random = np.random.default_rng(seed)
    shapes = expected_shapes(Architecture(**SIZES))
    return {
        name: (random.standard_normal(shape) * 0.3).astype(np.float32)
        for name, shape in shapes.items()
    }


def recipe(**changes: Any) -> Recipe:
    """Give the recipe of the tiny model, with changes."""
    usual = {"precision": "fp32", "pooling": "mean", "prompt": "", "dimensions": 32}
    return Recipe(**{**usual, **changes})


def tokenizer() -> Tokenizer:
    """Give a tokenizer that bakes in truncation and padding, as published ones do."""
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    made = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = BertNormalizer()
    made.pre_tokenizer = BertPreTokenizer()
    made.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.enable_truncation(6)
    made.enable_padding(length=6)
    return made
