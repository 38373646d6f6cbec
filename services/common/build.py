"""Which build runs: the version that was installed, and a digest of the code that is there."""

from __future__ import annotations

import functools
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[1]
COMPILED = "__pycache__"
DIGEST_BYTES = 6


class Build(NamedTuple):
    """``digest`` is 12 hexadecimal digits, the same wherever the same files are installed."""

    version: str
    digest: str

    def __str__(self) -> str:
        return f"{self.version} (build {self.digest})"


@functools.cache
def build() -> Build:
    """Give the build of this process; files that change later do not change it."""
    return Build(version("headrace"), digest(PACKAGE))


def digest(package: Path) -> str:
    """Give a digest of a package's files and their names, but for what Python makes of them."""
    files = {
        file.relative_to(package).as_posix(): file
        for file in package.rglob("*")
        if file.is_file() and COMPILED not in file.parts
    }
    whole = blake2b(digest_size=DIGEST_BYTES)
    for name in sorted(files):
        # Of one length each, so that a name never runs into what stands in its file.
        whole.update(blake2b(name.encode()).digest())
        whole.update(blake2b(files[name].read_bytes()).digest())
    return whole.hexdigest()
