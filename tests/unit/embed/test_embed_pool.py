"""Texts on threads: order, cancelling, failing, closing."""

import asyncio
import threading

import numpy as np
import pytest

from services.common.errors import Fatal
from services.embed.pool import ThreadedEncoder
from services.embed.vector import Encoded, ModelCard

CARD = ModelCard(
    model="m",
    model_revision="0" * 32,
    precision="fp32",
    dimensions=1,
    pooling="mean",
    normalized=True,
    max_tokens=8,
    provider="p",
)


def encoded(text):
    return Encoded(np.ones(1, np.float32), tokens=len(text), truncated=False)


@pytest.fixture
def open_pool():
    opened = []

    def make(encode_one, threads):
        opened.append(ThreadedEncoder(CARD, encode_one, threads=threads))
        return opened[-1]

    yield make
    for pool in opened:
        pool.close()


async def test_vectors_come_in_the_order_of_their_texts(open_pool):
    pool = open_pool(encoded, threads=3)
    answers = await pool.encode(["x" * n for n in range(100)])
    assert [answer.tokens for answer in answers] == list(range(100))


async def test_as_many_texts_run_at_once_as_there_are_threads(open_pool):
    together = threading.Barrier(3, timeout=30)

    def meet(text):
        together.wait()
        return encoded(text)

    assert len(await open_pool(meet, threads=3).encode(["a", "b", "c"])) == 3


async def test_the_event_loop_goes_on_while_a_text_is_encoded(open_pool):
    seen = threading.Event()

    def wait(text):
        assert seen.wait(30)
        return encoded(text)

    task = asyncio.create_task(open_pool(wait, threads=1).encode(["a"]))
    await asyncio.sleep(0)
    seen.set()
    assert len(await task) == 1


async def test_texts_of_a_cancelled_call_that_have_not_begun_never_run(open_pool):
    begun, go_on, ran = threading.Event(), threading.Event(), []

    def hold(text):
        ran.append(text)
        begun.set()
        assert go_on.wait(30)
        return encoded(text)

    pool = open_pool(hold, threads=1)
    task = asyncio.create_task(pool.encode(["first", "second", "third"]))
    await asyncio.to_thread(begun.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    # The one thread takes texts in turn: what was left of the cancelled call would run before this.
    await pool.encode(["next"])
    assert ran == ["first", "next"]


async def test_a_text_that_fails_takes_its_call_along_and_no_other(open_pool):
    begun, go_on, ran = threading.Event(), threading.Event(), []

    def fail(text):
        ran.append(text)
        if text == "bad":
            begun.set()
            assert go_on.wait(30)
            raise Fatal("broken")
        return encoded(text)

    pool = open_pool(fail, threads=1)
    failing = asyncio.create_task(pool.encode(["bad"]))
    await asyncio.to_thread(begun.wait, 30)
    other = asyncio.create_task(pool.encode(["good"]))
    go_on.set()
    with pytest.raises(Fatal, match="broken"):
        await failing
    assert len(await other) == 1


def test_close_drops_what_has_not_begun():
    begun, go_on, ran = threading.Event(), threading.Event(), []

    def hold(text):
        ran.append(text)
        begun.set()
        assert go_on.wait(30)
        return encoded(text)

    async def close_while_busy():
        pool = ThreadedEncoder(CARD, hold, threads=1)
        task = asyncio.create_task(pool.encode(["first", "second"]))
        await asyncio.to_thread(begun.wait, 30)
        closing = asyncio.create_task(asyncio.to_thread(pool.close))
        while not pool._threads._shutdown:
            await asyncio.sleep(0)
        go_on.set()
        await closing
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(close_while_busy())
    assert ran == ["first"]
