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
POOLING_FILE = Path("1_Pooling") / "config.json"
MEAN = "pooling_mode_mean_tokens"


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
        BadSetting: no BERT encoder with mean pooling, or the files cannot be read.
    """
    config = _read_json(folder / "config.json")
    for name, supported in SUPPORTED.items():
        if config.get(name, supported) != supported:
            raise _unsupported(folder, f"{name} {config[name]!r}", repr(supported))
    _refuse_other_pooling(folder)
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


def _refuse_other_pooling(folder: Path) -> None:
    """Refuse a model that pools by anything but the mean; one that says nothing is taken as mean.

    Raises:
        BadSetting: the pooling file asks for another pooling.
    """
    path = folder / POOLING_FILE
    if not path.exists():
        return
    modes = {k for k, v in _read_json(path).items() if k.startswith("pooling_mode_") and v is True}
    if modes != {MEAN}:
        raise _unsupported(folder, " and ".join(sorted(modes)) or "no pooling", MEAN)


def _unsupported(folder: Path, found: str, supported: str) -> BadSetting:
    return BadSetting(
        f"{VARIABLE}: the model in {folder} has {found}; only {supported} is supported: "
        "choose a BERT sentence encoder such as all-MiniLM-L6-v2"
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise BadSetting(f"{VARIABLE}: {path} cannot be read: {error}") from error
