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
from services.embed.graph import INPUT, OUTPUT
from services.embed.tokenizer import TokenIds
from services.embed.vector import Vector

PROVIDERS = {"auto": "CPUExecutionProvider", "cpu": "CPUExecutionProvider"}
"""The execution provider that each device asks for."""

ERROR_SEVERITY = 3


class OnnxSession:
    """A graph ready to run; ``provider`` is the execution provider that runs it.

    Raises:
        Fatal: the graph cannot be opened, or another provider took it than was asked for.
    """

    def __init__(self, graph: Path, device: Literal["auto", "cpu"]) -> None:
        options = onnxruntime.SessionOptions()
        # The callers are the threads: a single text is too small to be shared out among several.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = ERROR_SEVERITY
        asked = PROVIDERS[device]
        try:
            self._session = onnxruntime.InferenceSession(graph, options, providers=[asked])
        # Its exceptions have no common class but this one.
        except Exception as error:
            raise Fatal(
                f"{graph} cannot be opened by ONNX Runtime: {error}; "
                "delete it and start again: it is built anew",
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
