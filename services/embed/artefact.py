"""The built graph of a model in the cache, under the model's revision."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from services.common.errors import BadSetting

FILE = "model.onnx"


def graph_file(cache: Path, revision: str, build: Callable[[], bytes]) -> Path:
    """Give the file of the revision's graph, built first where the cache has none.

    Several processes may build at once: each writes a file of its own and the last one stays, whole
    and equal to the others.

    Raises:
        BadSetting: the cache cannot be written.
    """
    path = cache / "models" / revision / FILE
    if path.exists():
        return path
    content = build()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, content)
    except OSError as error:
        raise BadSetting(
            f"HEADRACE_CACHE_DIR: the model's graph cannot be written: {error}; "
            "set it to a folder with room that this user may write"
        ) from error
    return path


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all, also after a power cut."""
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
