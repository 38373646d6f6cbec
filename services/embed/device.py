"""Texts of all lanes in common batches, several of them on their way to the device at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import structlog

from services.embed.batching import Batch, Batcher
from services.embed.tokenizer import Tokens
from services.embed.vector import Encoded, ModelCard, TokenIds, Vector, fault

log = structlog.get_logger()


class Runner(Protocol):
    """Buffers of its own on the device: one batch at a time, from one thread."""

    def run(self, texts: Sequence[TokenIds], *, tokens: int) -> Sequence[Vector]:
        """Give the vectors of texts that are padded to so many tokens, in their order."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A text in the batcher, and who waits for its vector."""

    tokens: Tokens
    encoded: asyncio.Future[Encoded]


class DeviceEncoder:
    """Encodes texts by token budget; while one batch computes, the next is copied.

    Whoever is cancelled is forgotten: its texts that wait are dropped, and what is computed already
    goes nowhere.

    Args:
        card: of the model.
        tokenise: gives the tokens of texts in their order; called in a thread.
        runners: one for each batch in flight.
        batcher: chooses what goes together.
        second: gives the vector of one text another way, where the device's is none.
    """

    def __init__(
        self,
        card: ModelCard,
        tokenise: Callable[[Sequence[str]], Sequence[Tokens]],
        runners: Sequence[Runner],
        batcher: Batcher[_Waiting],
        second: Callable[[TokenIds], Vector],
    ) -> None:
        self.card = card
        self._tokenise = tokenise
        self._batcher = batcher
        self._second = second
        self._free = list(runners)
        self._running: set[asyncio.Task[None]] = set()
        # Tokenising has a thread of its own: a device that waits for it is a device that idles.
        self._threads = ThreadPoolExecutor(len(runners), thread_name_prefix="device")
        self._tokenisers = ThreadPoolExecutor(2, thread_name_prefix="tokenise")

    async def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Give the vectors of texts in their order."""
        loop, owner = asyncio.get_running_loop(), object()
        tokens = await loop.run_in_executor(self._tokenisers, self._tokenise, texts)
        waiting = [_Waiting(each, loop.create_future()) for each in tokens]
        try:
            for each in waiting:
                self._batcher.add(owner, each, len(each.tokens.ids))
            self._start()
            return [await each.encoded for each in waiting]
        finally:
            self._batcher.drop(owner)
            for each in waiting:
                each.encoded.cancel()

    def close(self) -> None:
        """Wait for the batches in flight, and end the threads."""
        for threads in (self._threads, self._tokenisers):
            threads.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> None:
        """Give each runner that is free a batch."""
        while self._free and (batch := self._batcher.take()) is not None:
            task = asyncio.create_task(self._run(self._free.pop(), batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, runner: Runner, batch: Batch[_Waiting]) -> None:
        ids = [each.tokens.ids for each in batch.texts]
        run = asyncio.get_running_loop().run_in_executor
        try:
            vectors = await run(self._threads, self._vectors, runner, ids, batch.tokens)
        # Whoever waits is told of it, and the process ends by that.
        except Exception as error:  # noqa: BLE001
            for each in batch.texts:
                if not each.encoded.done():
                    each.encoded.set_exception(error)
        else:
            self._answer(batch, vectors)
        finally:
            self._free.append(runner)
            self._start()

    def _vectors(
        self, runner: Runner, texts: Sequence[TokenIds], tokens: int
    ) -> list[tuple[Vector, bool]]:
        vectors = runner.run(texts, tokens=tokens)
        return [
            mended_by(self._second, vector, ids) for vector, ids in zip(vectors, texts, strict=True)
        ]

    def _answer(self, batch: Batch[_Waiting], vectors: Sequence[tuple[Vector, bool]]) -> None:
        for each, (vector, mended) in zip(batch.texts, vectors, strict=True):
            if each.encoded.done():
                continue
            count = each.tokens.ids.size
            encoded = Encoded(
                vector,
                count,
                each.tokens.truncated,
                mended=mended,
                padding=batch.tokens - count,
            )
            each.encoded.set_result(encoded)


def mended_by(
    second: Callable[[TokenIds], Vector], vector: Vector, ids: TokenIds
) -> tuple[Vector, bool]:
    """Give a vector as it is, or that of a second path where it is none, and whether it was mended.

    Whether the second one's is any better is for the handler to see.
    """
    if (wrong := fault(vector, vector.size)) is None:
        return vector, False
    log.warning("vector_unusable", fault=wrong, tokens=ids.size)
    return second(ids), True
