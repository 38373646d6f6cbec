"""ONNX Runtime: one session, run by many threads, that says where it really runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import numpy as np

# What it runs and where is nobody's business: it would report both to its makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from services.common.errors import ExitStatus, Fatal
from services.embed.drawing import INPUT, OUTPUT
from services.embed.vector import TokenIds, Vector

RUNTIME_VERSION: str = onnxruntime.__version__

PROVIDERS = {"auto": "CPUExecutionProvider", "cpu": "CPUExecutionProvider"}
"""The execution provider that each device asks for."""

ERROR_SEVERITY = 3

# With int8 products it is slower than the plain operators that it replaces; with float ones there
# is no difference that can be measured.
DISABLED = ["SkipLayerNormFusion"]


class OnnxSession:
    """A graph ready to run; ``provider`` is the execution provider that runs it.

    Args:
        graph: the ONNX model, or the file that holds it.
        device: where it is to run.

    Raises:
        Fatal: the graph cannot be opened, or another provider took it than was asked for.
    """

    def __init__(self, graph: Path | bytes, device: Literal["auto", "cpu"]) -> None:
        options = onnxruntime.SessionOptions()
        # The callers are the threads: a single text is too small to be shared out among several.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = ERROR_SEVERITY
        asked = PROVIDERS[device]
        try:
            self._session = onnxruntime.InferenceSession(
                graph, options, providers=[asked], disabled_optimizers=DISABLED
            )
        # Its exceptions have no common class but this one.
        except Exception as error:
            name = graph if isinstance(graph, Path) else "the graph"
            raise Fatal(
                f"{name} cannot be opened by ONNX Runtime: {error}; "
                "delete its folder and start again: it is built anew",
                ExitStatus.CONFIGURATION,
            ) from error
        self.provider = self._provider(asked)

    def run(self, ids: TokenIds) -> Vector:
        """Give the vector of one text; safe to call from several threads.

        Raises:
            Fatal: ONNX Runtime failed.
        """
        try:
            (vectors,) = self._session.run([OUTPUT], {INPUT: ids[np.newaxis]})
        except Exception as error:
            raise Fatal(f"ONNX Runtime failed: {error}", ExitStatus.SOFTWARE) from error
        vector: Vector = vectors[0]
        return vector

    def _provider(self, asked: str) -> str:
        # A provider whose libraries are missing is replaced without an error.
        got: str = self._session.get_providers()[0]
        if got != asked:
            raise Fatal(
                f"HEADRACE_EMBED__DEVICE: asked for {asked}, ONNX Runtime took {got}",
                ExitStatus.CONFIGURATION,
            )
        return got
