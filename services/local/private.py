"""Files that nobody but their owner can read, not even while they are written."""

from __future__ import annotations

import os
from pathlib import Path

OWNERS_FILE = 0o600
OWNERS_FOLDER = 0o700


def folder(path: Path) -> Path:
    """Make a folder, and give it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(OWNERS_FOLDER)
    return path


def write(path: Path, text: str) -> Path:
    """Write a file anew, and give it."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_FILE), "w") as file:
        file.write(text)
    return path
