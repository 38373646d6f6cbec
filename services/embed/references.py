"""The gate's texts as the model's tokenizer and the numpy reference have them, kept in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from services.common.errors import ExitStatus, Fatal
from services.embed.vector import TokenIds


@dataclass(frozen=True, slots=True, eq=False)
class References:
    """What the gate's texts must become: token ids, and vectors float32 [texts, dimensions]."""

    ids: Sequence[TokenIds]
    vectors: NDArray[np.float32]

    def to_bytes(self) -> bytes:
        """Give the content of a file that ``read_references`` reads."""
        serialised: bytes = save(
            {
                "ids": np.concatenate(self.ids),
                "lengths": np.array([ids.size for ids in self.ids], np.int32),
                "vectors": self.vectors,
            }
        )
        return serialised


def read_references(path: Path) -> References:
    """Read references that were kept in a file.

    Raises:
        Fatal: the file is missing or damaged.
    """
    try:
        arrays = load_file(path)
        ids = np.split(arrays["ids"], np.cumsum(arrays["lengths"])[:-1])
        return References(ids, arrays["vectors"])
    except (OSError, SafetensorError, KeyError, IndexError) as error:
        raise Fatal(
            f"{path} cannot be read: {error}; delete its folder and start again: it is built anew",
            ExitStatus.CONFIGURATION,
        ) from error
