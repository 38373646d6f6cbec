"""Common batches on a device in miniature: order, company, cancelling, failing, fairness."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import numpy as np
import pytest

from services.common.errors import Fatal
from services.embed.batching import Batcher
from services.embed.device import DeviceEncoder
from services.embed.tokenizer import Tokens
from services.embed.vector import ModelCard, TokenIds, Vector

BUCKETS = (4, 8, 16)
BUDGET = 64
CARD = ModelCard(
    model="m",
    model_revision="0" * 32,
    precision="fp32",
    dimensions=1,
    pooling="mean",
    normalized=True,
    max_tokens=16,
    provider="p",
)


def tokenise(texts: Sequence[str]) -> list[Tokens]:
    """A letter is a token, and its number the id."""
    return [Tokens(np.array([ord(c) for c in text], np.int32), truncated=False) for text in texts]


def second(ids: TokenIds) -> Vector:
    """Say that the other path was taken."""
    return np.full(1, -1, np.float32)


class Device:
    """Gives one vector, none for a question; keeps what came together; ``open`` lets it go on."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = threading.Event()
        self.open.set()

    def run(self, texts: Sequence[TokenIds], *, tokens: int) -> list[Vector]:
        assert self.open.wait(30)
        assert all(len(ids) <= tokens for ids in texts)
        self.batches.append(["".join(map(chr, ids)) for ids in texts])
        return [np.array([1.0 if ids[0] != ord("?") else np.nan], np.float32) for ids in texts]


Make = Callable[..., DeviceEncoder]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[DeviceEncoder] = []

    def encoder(*devices: object) -> DeviceEncoder:
        made.append(DeviceEncoder(CARD, tokenise, devices, Batcher(BUCKETS, BUDGET), second))  # type: ignore[arg-type]
        return made[-1]

    yield encoder
    for each in made:
        each.close()


async def test_vectors_come_in_the_order_of_their_texts(make: Make) -> None:
    texts = ["a" * (1 + number % 16) for number in range(200)]
    found = await make(Device(), Device()).encode(texts)
    assert [each.tokens for each in found] == [len(text) for text in texts]


async def test_texts_of_several_callers_go_together(make: Make) -> None:
    device = Device()
    encoder = make(device)
    device.open.clear()
    first = asyncio.create_task(encoder.encode(["first"]))
    while not len(encoder._running):
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(encoder.encode([text])) for text in ("one", "two", "six")]
    while len(encoder._batcher) < 3:
        await asyncio.sleep(0.001)
    device.open.set()
    await asyncio.gather(first, *others)
    assert device.batches == [["first"], ["one", "two", "six"]]


async def test_two_batches_are_in_flight_at_once(make: Make) -> None:
    together = threading.Barrier(2, timeout=30)

    class Meeting(Device):
        def run(self, texts: Sequence[TokenIds], *, tokens: int) -> list[Vector]:
            together.wait()
            return super().run(texts, tokens=tokens)

    found = await make(Meeting(), Meeting()).encode(["a" * 16] * 8)
    assert len(found) == 8


async def test_who_is_cancelled_is_forgotten_and_others_go_on(make: Make) -> None:
    device = Device()
    encoder = make(device)
    device.open.clear()
    revoked = asyncio.create_task(encoder.encode(["gone"] * 100))
    while not len(encoder._batcher):
        await asyncio.sleep(0.001)
    revoked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await revoked
    device.open.set()
    (found,) = await encoder.encode(["here"])
    assert found.tokens == 4
    assert sum(batch.count("gone") for batch in device.batches) <= BUDGET // 4


async def test_a_device_that_fails_fails_whoever_waits_and_no_one_after(make: Make) -> None:
    class Failing(Device):
        def run(self, texts: Sequence[TokenIds], *, tokens: int) -> list[Vector]:
            if any(ids[0] == ord("!") for ids in texts):
                raise Fatal("the device is gone")
            return super().run(texts, tokens=tokens)

    encoder = make(Failing())
    with pytest.raises(Fatal, match="the device is gone"):
        await encoder.encode(["!"])
    assert len(await encoder.encode(["a"])) == 1


async def test_padding_is_counted(make: Make) -> None:
    found = await make(Device()).encode(["abc", "abcdefghij"])
    assert [each.padding for each in found] == [1, 6]


async def test_no_texts_are_no_batch(make: Make) -> None:
    device = Device()
    assert await make(device).encode([]) == []
    assert device.batches == []


async def test_a_vector_that_is_none_is_computed_another_way(make: Make) -> None:
    usual, mended = await make(Device()).encode(["text", "?"])
    assert (float(usual.vector[0]), usual.mended) == (1.0, False)
    assert (float(mended.vector[0]), mended.mended) == (-1.0, True)
