"""Tiny random models on disk, and the published model opened once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.embed.onnx_encoder import open_onnx_encoder
from services.embed.pool import ThreadedEncoder
from services.embed.settings import EmbedSection
from tests.unit.embed.tiny import write_model

MakeModel = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """Give a function that writes a random BERT's folder, by its name."""

    def make(name: str = "tiny", **changes: Any) -> Path:
        return write_model(tmp_path / name, **changes)

    return make


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache of graphs that starts empty."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def encoder(cache: Path) -> Iterator[ThreadedEncoder]:
    """Give the published model on two threads."""
    opened = open_onnx_encoder(EmbedSection(threads=2), cache)
    yield opened
    opened.close()
