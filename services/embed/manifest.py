"""What an artefact is: which model it was built from, how, with what result."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import msgspec

from services.embed.parity import Parity
from services.embed.recipe import Recipe

FORMAT = 1
LIBRARIES = ("headrace", "numpy", "onnx", "tokenizers")


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The content of manifest.json.

    Digests are SHA-256 in hexadecimal digits. ``recipe`` is precision, pooling, prompt and
    dimensions; ``options`` are the graph's version and operator set; ``gate`` is of the texts that
    ``parity`` was measured on, against the vectors in the file of ``references``;
    ``channels_apart`` counts the input channels that int8 products leave to float32.
    """

    format: int = FORMAT
    model: str
    revision: str
    recipe: Recipe
    normalized: bool = True
    hidden_size: int
    positions: int
    options: dict[str, str]
    weights: str
    tokenizer: str
    graph: str
    graph_bytes: int
    references: str
    gate: str
    channels_apart: int
    parity: Parity
    built_with: dict[str, str]


def to_json(manifest: Manifest) -> bytes:
    """Give the content of the file."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read_manifest(path: Path) -> Manifest | None:
    """Read a manifest; None where there is none, or one of another format or damaged."""
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return manifest if manifest.format == FORMAT else None


def digest_of(content: bytes) -> str:
    """Give the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def versions() -> dict[str, str]:
    """Give the installed version of each library that has a part in a graph or its references."""
    return {name: version(name) for name in LIBRARIES}
