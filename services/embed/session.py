"""ONNX Runtime: one session, run by many threads, that says where it really runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

# What it runs and where is nobody's business: it would report both to its makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from services.common.cpus import usable_cpus
from services.common.errors import ExitStatus, Fatal
from services.embed.drawing import INPUT, OUTPUT
from services.embed.vector import TokenIds, Vector

RUNTIME_VERSION: str = onnxruntime.__version__

Device = Literal["cpu", "cuda"]

PROVIDERS: dict[Device, str] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
"""The execution provider that each device asks for."""

ERROR_SEVERITY = 3

# With int8 products it is slower than the plain operators that it replaces; with float ones there
# is no difference that can be measured.
DISABLED = ["SkipLayerNormFusion"]


class OnnxSession:
    """A graph ready to run on the CPU; ``provider`` is the execution provider that runs it.

    Args:
        graph: the ONNX model, or the file that holds it.

    Raises:
        Fatal: the graph cannot be opened, or another provider took it than was asked for.
    """

    def __init__(self, graph: Path | bytes) -> None:
        self._session = open_session(graph, "cpu")
        self.provider = PROVIDERS["cpu"]

    def run(self, ids: TokenIds) -> Vector:
        """Give the vector of one text; safe to call from several threads.

        Raises:
            Fatal: ONNX Runtime failed.
        """
        with translated():
            (vectors,) = self._session.run([OUTPUT], {INPUT: ids[np.newaxis]})
        vector: Vector = vectors[0]
        return vector

    def vectors(self, texts: Sequence[TokenIds]) -> list[Vector]:
        """Give the vectors of texts in their order, one a run on all CPUs."""
        with ThreadPoolExecutor(usable_cpus()) as pool:
            return list(pool.map(self.run, texts))


def open_session(
    graph: Path | bytes, device: Device, options: Mapping[str, Any] | None = None
) -> onnxruntime.InferenceSession:
    """Open a graph on a device, and on no other.

    Args:
        graph: the ONNX model, or the file that holds it.
        device: where it is to run.
        options: of the device's execution provider.

    Raises:
        Fatal: the graph cannot be opened, or another provider took it than was asked for.
    """
    settings = onnxruntime.SessionOptions()
    # The callers are the threads: a single text is too small to be shared out among several.
    settings.intra_op_num_threads = 1
    settings.inter_op_num_threads = 1
    settings.log_severity_level = ERROR_SEVERITY
    asked = PROVIDERS[device]
    try:
        session = onnxruntime.InferenceSession(
            graph, settings, providers=[(asked, dict(options or {}))], disabled_optimizers=DISABLED
        )
    # Its exceptions have no common class but this one.
    except Exception as error:
        name = graph if isinstance(graph, Path) else "the graph"
        raise Fatal(
            f"{name} cannot be opened by ONNX Runtime: {error}; "
            "delete its folder and start again: it is built anew",
            ExitStatus.CONFIGURATION,
        ) from error
    # A provider whose libraries are missing is replaced without an error.
    got: str = session.get_providers()[0]
    if got != asked:
        raise Fatal(
            f"HEADRACE_EMBED__DEVICE: asked for {asked}, ONNX Runtime took {got}",
            ExitStatus.CONFIGURATION,
        )
    return session


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever ONNX Runtime raises into what ends the process."""
    try:
        yield
    except Exception as error:
        raise Fatal(f"ONNX Runtime failed: {error}", ExitStatus.SOFTWARE) from error


def available_providers() -> list[str]:
    """Give the execution providers that this ONNX Runtime was built with."""
    found: list[str] = onnxruntime.get_available_providers()
    return found


def cuda_library() -> Path:
    """Give the library of the provider for CUDA, after all that it needs was looked for."""
    # From the wheels that were installed with it; what is not there, the system may have.
    onnxruntime.preload_dlls()
    return Path(onnxruntime.__file__).parent / "capi" / "libonnxruntime_providers_cuda.so"
