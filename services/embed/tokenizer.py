"""Text becomes the token ids that a model was trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tokenizers

from services.common.errors import BadSetting
from services.embed.architecture import VARIABLE, Architecture
from services.embed.vector import TokenIds


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """One text's token ids; ``truncated`` says that the text had more."""

    ids: TokenIds
    truncated: bool


Tokenise = Callable[[Sequence[str]], list[Tokens]]
"""Gives the tokens of texts in their order."""


class Tokenizer:
    """The model's own tokenizer, cutting at a limit of ours and never padding.

    Args:
        path: the model's tokenizer.json.
        architecture: of the encoder that reads the ids.
        max_tokens: most tokens of a text, special ones and the prompt's included.
        prompt: put before each text.

    Raises:
        BadSetting: the file cannot be read or belongs to other weights, or the limit is beyond the
            model's positions.
    """

    def __init__(
        self, path: Path, architecture: Architecture, *, max_tokens: int, prompt: str = ""
    ) -> None:
        if max_tokens > architecture.max_position_embeddings:
            raise BadSetting(
                f"HEADRACE_EMBED__MAX_TOKENS: {max_tokens} tokens, but the model has positions "
                f"for {architecture.max_position_embeddings}: set it to that or less"
            )
        self._tokenizer = _read(path)
        if self._tokenizer.get_vocab_size() > architecture.vocab_size:
            raise BadSetting(
                f"{VARIABLE}: {path} knows {self._tokenizer.get_vocab_size()} tokens, the weights "
                f"{architecture.vocab_size}: take both files from one model"
            )
        # The file may bake in both: all-MiniLM-L6-v2 is published with a limit and padding of 128.
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._prompt = prompt

    def tokens(self, text: str) -> Tokens:
        """Give the text's tokens; safe to call from several threads."""
        encoding = self._tokenizer.encode(self._prompt + text)
        return Tokens(np.array(encoding.ids, np.int32), bool(encoding.overflowing))

    def all_tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Give the tokens of texts in their order, on all cores."""
        prompted = [self._prompt + text for text in texts]
        return [
            Tokens(np.array(encoding.ids, np.int32), bool(encoding.overflowing))
            for encoding in self._tokenizer.encode_batch(prompted)
        ]


def whole_ids(path: Path, texts: Sequence[str]) -> list[TokenIds]:
    """Give the ids of texts as the model's own tokenizer has them, nothing cut, nothing padded.

    Raises:
        BadSetting: the file cannot be read.
    """
    tokenizer = _read(path)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return [np.array(tokenizer.encode(text).ids, np.int32) for text in texts]


def _read(path: Path) -> tokenizers.Tokenizer:
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    # The library raises nothing narrower.
    except Exception as error:
        raise BadSetting(
            f"{VARIABLE}: {path} cannot be read: {error}; copy or install the model again"
        ) from error
