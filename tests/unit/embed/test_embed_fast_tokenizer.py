"""The fast tokenizer gives the ids of the model's own, or is not used."""

from __future__ import annotations

import random

import numpy as np
import pytest

from services.embed import fast_tokenizer
from services.embed.fast_tokenizer import FastTokenizer, fastest
from services.embed.opening import Choice, chosen
from services.embed.parity import texts
from services.embed.settings import EmbedSection
from services.embed.tokenizer import Tokenizer

SCRIPTS = (
    (0x20, 0x7F),
    (0xA0, 0x24F),
    (0x300, 0x330),
    (0x370, 0x3FF),
    (0x400, 0x4FF),
    (0x600, 0x640),
    (0x2000, 0x2050),
    (0x4E00, 0x4E80),
    (0xAC00, 0xAC40),
    (0x1F600, 0x1F640),
)


@pytest.fixture(scope="module")
def choice() -> Choice:
    return chosen(EmbedSection(device="cpu"))


def exact(choice: Choice, most: int) -> Tokenizer:
    model = choice.model
    return Tokenizer(model.tokenizer_file, model.architecture, max_tokens=most)


def random_texts(count: int) -> list[str]:
    source = random.Random(1)
    pool = [chr(code) for script in SCRIPTS for code in range(*script)]
    return ["".join(source.choices(pool, k=source.randint(0, 80))) for _ in range(count)]


@pytest.mark.parametrize("most", [16, 256])
def test_ids_are_those_of_the_models_own_tokenizer(choice: Choice, most: int) -> None:
    sample = [*texts(), *random_texts(2_000)]
    fast = FastTokenizer(choice, max_tokens=most).all_tokens(sample)
    for ours, theirs in zip(fast, exact(choice, most).all_tokens(sample), strict=True):
        assert np.array_equal(ours.ids, theirs.ids)
        assert ours.truncated == theirs.truncated
        assert ours.ids.dtype == theirs.ids.dtype


def test_the_fast_one_is_taken(choice: Choice) -> None:
    taken = fastest(choice, exact(choice, 64), max_tokens=64)
    assert isinstance(getattr(taken, "__self__", None), FastTokenizer)


def test_one_that_gives_other_ids_is_not(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = exact(choice, 64)

    class Other(FastTokenizer):
        def all_tokens(self, texts):
            return [*super().all_tokens(texts[1:]), *super().all_tokens(texts[:1])]

    monkeypatch.setattr(fast_tokenizer, "FastTokenizer", Other)
    assert fastest(choice, slow, max_tokens=64) == slow.all_tokens


def test_one_that_cannot_read_the_file_is_not(
    choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: str) -> None:
        raise ValueError("no WordPiece")

    monkeypatch.setattr(fast_tokenizer.nanotoken, "Tokenizer", refuse)
    slow = exact(choice, 64)
    assert fastest(choice, slow, max_tokens=64) == slow.all_tokens
