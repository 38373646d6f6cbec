"""Batches on a device: bound to it by ONNX Runtime, a runner for each batch in flight."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from services.embed.batching import Batcher, buckets
from services.embed.drawing import INPUT, LENGTHS, OUTPUT
from services.embed.session import PROVIDERS, Device, open_session, translated
from services.embed.vector import TokenIds, Vector

FLIGHTS = 2
"""Batches on their way at once: while one computes, the next is copied."""


class DeviceRunner:
    """Runs one batch at a time, from one thread, on a binding of its own."""

    def __init__(self, session: onnxruntime.InferenceSession, device: Device) -> None:
        self._session = session
        self._device = device
        self._binding = session.io_binding()

    def run(self, texts: Sequence[TokenIds], *, tokens: int) -> Sequence[Vector]:
        """Give the vectors of texts that are padded to so many tokens, in their order.

        Raises:
            Fatal: ONNX Runtime failed.
        """
        ids = np.zeros((len(texts), tokens), np.int32)
        for row, text in zip(ids, texts, strict=True):
            row[: text.size] = text
        lengths = np.array([text.size for text in texts], np.int32)
        with translated():
            self._bind(INPUT, ids)
            self._bind(LENGTHS, lengths)
            self._binding.bind_output(OUTPUT, self._device)
            self._session.run_with_iobinding(self._binding)
            (vectors,) = self._binding.copy_outputs_to_cpu()
        return list(vectors)

    def _bind(self, name: str, array: NDArray[np.int32]) -> None:
        value = onnxruntime.OrtValue.ortvalue_from_numpy(array, self._device, 0)
        self._binding.bind_ortvalue_input(name, value)


class DeviceSession:
    """A fused graph on a device; ``provider`` is the execution provider that runs it.

    Args:
        graph: the ONNX model, or the file that holds it.
        device: where it is to run.
        budget: tokens in one batch, padding included.
        memory_bytes: the most that its arena takes; 0 for no bound.

    Raises:
        Fatal: the graph cannot be opened, or another provider took it than was asked for.
    """

    def __init__(
        self, graph: Path | bytes, device: Device, *, budget: int, memory_bytes: int = 0
    ) -> None:
        # It asks for what a batch needs and no more: with every shape it would double otherwise.
        options = {"device_id": 0, "arena_extend_strategy": "kSameAsRequested"}
        if memory_bytes:
            options["gpu_mem_limit"] = memory_bytes
        self._session = open_session(graph, device, options if device == "cuda" else None)
        self._device = device
        self._budget = budget
        self.provider = PROVIDERS[device]

    def runner(self) -> DeviceRunner:
        """Give a runner, for one batch in flight."""
        return DeviceRunner(self._session, self._device)

    def batcher(self, longest: int) -> Batcher[Any]:
        """Give an empty batcher for texts of at most so many tokens."""
        return Batcher(buckets(longest), self._budget)

    def warm_up(self, longest: int) -> None:
        """Run each shape once, the largest first: the device's memory grows once, and no more."""
        batcher, runner = self.batcher(longest), self.runner()
        for tokens in reversed(batcher.buckets):
            runner.run([np.ones(tokens, np.int32)] * batcher.most(tokens), tokens=tokens)

    def vectors(self, texts: Sequence[TokenIds]) -> list[Vector]:
        """Give the vectors of texts in their order, in batches as they are served."""
        batcher, runner = self.batcher(max(text.size for text in texts)), self.runner()
        for number, text in enumerate(texts):
            batcher.add(None, number, text.size)
        found: dict[int, Vector] = {}
        while (batch := batcher.take()) is not None:
            ids = [texts[number] for number in batch.texts]
            found |= dict(zip(batch.texts, runner.run(ids, tokens=batch.tokens), strict=True))
        return [found[number] for number in range(len(texts))]
