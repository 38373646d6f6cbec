"""The shape of a BERT encoder, read from the files beside its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from services.common.errors import BadSetting

VARIABLE = "HEADRACE_EMBED__MODEL"

# What the graph and the reference compute; a config that says otherwise would be read wrongly.
SUPPORTED = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
}
FAMILIES = (
    "supported are sentence encoders of the BERT architecture: MiniLM, BGE, E5 and GTE "
    "(not multilingual E5, which is XLM-RoBERTa, nor GTE v1.5, nor MPNet)"
)


class Architecture(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of a BERT encoder, under the names of its config.json."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    max_position_embeddings: int
    vocab_size: int
    type_vocab_size: int
    layer_norm_eps: float

    @property
    def head_size(self) -> int:
        """Give the channels of one attention head."""
        return self.hidden_size // self.num_attention_heads


def read_architecture(folder: Path) -> Architecture:
    """Read the architecture of the model in a folder.

    Raises:
        BadSetting: no BERT encoder, or the file cannot be read.
    """
    config = read_json(folder / "config.json")
    for name, supported in SUPPORTED.items():
        if config.get(name, supported) != supported:
            raise unsupported(folder, f"{name} {config[name]!r}", repr(supported))
    try:
        architecture = msgspec.convert(config, Architecture)
    except msgspec.ValidationError as error:
        raise BadSetting(
            f"{VARIABLE}: {folder / 'config.json'} is no BERT config: {error}"
        ) from error
    if architecture.hidden_size % architecture.num_attention_heads:
        raise BadSetting(
            f"{VARIABLE}: {folder / 'config.json'}: hidden_size {architecture.hidden_size} is no "
            f"multiple of num_attention_heads {architecture.num_attention_heads}"
        )
    return architecture


def unsupported(folder: Path, found: str, supported: str) -> BadSetting:
    """Give the error for a model that would be computed wrongly."""
    return BadSetting(
        f"{VARIABLE}: the model in {folder} has {found}, and only {supported} is computed here: "
        f"{FAMILIES}"
    )


def read_json(path: Path) -> dict[str, Any]:
    """Read one of the model's files.

    Raises:
        BadSetting: it cannot be read, or is no JSON object.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise BadSetting(f"{VARIABLE}: {path} cannot be read: {error}") from error
