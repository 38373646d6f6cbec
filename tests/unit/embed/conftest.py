"""A tiny random BERT on disk, and the published model opened once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from services.embed.architecture import Architecture
from services.embed.onnx_encoder import open_onnx_encoder
from services.embed.pool import ThreadedEncoder
from services.embed.settings import EmbedSection
from services.embed.weights import expected_shapes

MakeModel = Callable[..., Path]

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


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """Give a function that writes a random BERT's folder, with changes to its config."""

    def make(name: str = "tiny", *, seed: int = 0, **config: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        content = {"model_type": "bert", "hidden_act": "gelu", **SIZES, **config}
        (folder / "config.json").write_text(json.dumps(content))
        save_file(random_weights(seed), folder / "model.safetensors")
        tokenizer().save(str(folder / "tokenizer.json"))
        return folder

    return make


def random_weights(seed: int) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    random = np.random.default_rng(seed)
    shapes = expected_shapes(Architecture(**SIZES))
    return {
        name: (random.standard_normal(shape) * 0.3).astype(np.float32)
        for name, shape in shapes.items()
    }


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


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache of graphs that starts empty."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def encoder(cache: Path) -> Iterator[ThreadedEncoder]:
    """Give the published model on two threads."""
    opened = open_onnx_encoder(EmbedSection(threads=2), cache)
    yield opened
    opened.close()
