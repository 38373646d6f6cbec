"""A built model in the cache, in a folder under its revision: graph, references, manifest."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from services.common.errors import BadSetting, ExitStatus, Fatal
from services.embed.manifest import Manifest, digest_of, read_manifest, to_json

GRAPH = "model.onnx"
REFERENCES = "references.safetensors"
MANIFEST = "manifest.json"
READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Artefact:
    """A whole artefact in its folder."""

    folder: Path
    manifest: Manifest

    @property
    def graph(self) -> Path:
        return self.folder / GRAPH

    @property
    def references(self) -> Path:
        return self.folder / REFERENCES


def folder_of(cache: Path, revision: str) -> Path:
    """Give the folder of a revision's artefact, whether it is there or not."""
    return cache / "models" / revision


def read_artefact(folder: Path, *, gate: str) -> Artefact | None:
    """Read the artefact in a folder.

    Args:
        folder: of the revision.
        gate: digest of the gate's texts.

    Returns:
        None where it has to be built: there is none, or its figures are of other texts.

    Raises:
        BadSetting: the cache cannot be read.
        Fatal: a file of it is not the one that the manifest names.
    """
    try:
        return _checked(folder, gate)
    except OSError as error:
        raise BadSetting(
            f"HEADRACE_CACHE_DIR: the built model cannot be read: {error}; "
            "let this user read it, or set it to another folder"
        ) from error


def _checked(folder: Path, gate: str) -> Artefact | None:
    manifest = read_manifest(folder / MANIFEST)
    if manifest is None or manifest.gate != gate:
        return None
    artefact = Artefact(folder, manifest)
    for path, digest in (
        (artefact.graph, manifest.graph),
        (artefact.references, manifest.references),
    ):
        if not path.exists() or digest_of(path.read_bytes()) != digest:
            raise Fatal(
                f"{path} is not the file that {MANIFEST} names: it is damaged or was replaced; "
                "delete its folder and start again: it is built anew",
                ExitStatus.CONFIGURATION,
            )
    return artefact


def write_artefact(folder: Path, manifest: Manifest, *, graph: bytes, references: bytes) -> None:
    """Write an artefact; what is there already is replaced.

    The manifest comes last: without it there is no artefact. Several processes may write at once:
    each writes files of its own and the last ones stay, whole and equal to the others.

    Raises:
        BadSetting: the cache cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(folder / GRAPH, graph)
        _write_whole(folder / REFERENCES, references)
        _write_whole(folder / MANIFEST, to_json(manifest))
    except OSError as error:
        raise BadSetting(
            f"HEADRACE_CACHE_DIR: the built model cannot be written: {error}; "
            "set it to a folder with room that this user may write"
        ) from error


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all, also after a power cut."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            # One user may build it and another run it.
            os.fchmod(file.fileno(), READABLE)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
