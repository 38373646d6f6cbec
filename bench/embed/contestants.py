"""Who encodes: embed's own encoder in each precision, and sentence-transformers where installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from services.common.settings import cache_dir
from services.embed.opening import chosen, open_model
from services.embed.recipe import Precision
from services.embed.settings import EmbedSection
from services.embed.tokenizer import Tokenizer

Encode = Callable[[Sequence[str], int], np.ndarray[Any, np.dtype[np.float32]]]
"""Encodes texts on a number of threads: float32 [texts, dimensions]."""

MAX_TOKENS = 256
PEER = "sentence-transformers"


def contestants(precisions: Sequence[Precision]) -> Iterator[tuple[str, Encode]]:
    """Give each contestant's name and how it encodes, the one that all are compared with first."""
    if importlib.util.find_spec("sentence_transformers") is not None:
        yield PEER, _peer()
    for precision in precisions:
        yield f"headrace {precision}", ours(precision, MAX_TOKENS)


def ours(precision: Precision, max_tokens: int) -> Encode:
    """Give embed's encoder as it serves: tokenized and run one text at a time, side by side."""
    section = EmbedSection(precision=precision, device="cpu")
    choice = chosen(section)
    session = open_model(choice, section, cache_dir()).session
    tokenizer = Tokenizer(
        choice.model.tokenizer_file, choice.model.architecture, max_tokens=max_tokens
    )

    def encode(texts: Sequence[str], threads: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        with ThreadPoolExecutor(threads) as pool:
            return np.stack(
                list(pool.map(lambda text: session.run(tokenizer.tokens(text).ids), texts))
            )

    return encode


def _peer() -> Encode:
    """Give sentence-transformers as it comes: PyTorch, float32, batches of 32, its own limit."""
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    model = SentenceTransformer(str(chosen(EmbedSection()).model.folder), device="cpu")
    assert model.max_seq_length == MAX_TOKENS

    def encode(texts: Sequence[str], threads: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        torch.set_num_threads(threads)
        return np.asarray(model.encode(list(texts), normalize_embeddings=True), np.float32)

    return encode
