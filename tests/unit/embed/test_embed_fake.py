"""The fake encoder is quick to tell and sound to use."""

import numpy as np

from services.embed.fake import FakeEncoder
from services.embed.vector import fault


async def test_vectors_are_sound_and_each_texts_own():
    encoder = FakeEncoder(max_tokens=256)
    answers = await encoder.encode([f"text {n}" for n in range(500)])
    assert [fault(answer.vector, 384) for answer in answers] == [None] * 500
    assert len({answer.vector.tobytes() for answer in answers}) == 500
    assert {answer.vector.dtype for answer in answers} == {np.dtype(np.float32)}


async def test_a_text_keeps_its_vector_in_any_company():
    (alone,) = await FakeEncoder(max_tokens=256).encode(["b"])
    among = await FakeEncoder(max_tokens=8).encode(["a", "b", "c"])
    assert np.array_equal(alone.vector, among[1].vector)


async def test_words_count_as_tokens_up_to_the_limit():
    answers = await FakeEncoder(max_tokens=8).encode(["a " * 7 + "a", "a " * 8 + "a"])
    assert [(answer.tokens, answer.truncated) for answer in answers] == [(8, False), (8, True)]


async def test_no_texts_give_no_vectors():
    assert await FakeEncoder(max_tokens=8).encode([]) == []


def test_a_card_that_nobody_takes_for_a_model():
    card = FakeEncoder(max_tokens=77).card
    assert (card.model, card.provider, card.dimensions, card.max_tokens) == (
        "fake",
        "fake",
        384,
        77,
    )
