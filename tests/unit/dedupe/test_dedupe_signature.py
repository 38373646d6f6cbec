"""The signature of texts: as the slow reference has it, and as alike as the texts are."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.identity import words
from services.dedupe import minhash
from services.dedupe.shingles import shingles, words_of
from tests.unit.dedupe import slow_signature as slow

# Words of any script, empty texts, and texts that share words.
word = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8)
some_words = st.lists(st.one_of(st.sampled_from(("tide", "seed", "of", "a")), word), max_size=40)
batches = st.lists(some_words.map(" ".join), max_size=6)

GOLDEN_VALUES = [439117482, 760693540, 401627528, 50121486]
GOLDEN_CODES = "5191b0a4cfb3064c8678d7f45b2012fc8781aa69b8f856206ec0c1e432fadf25"
GOLDEN_BAND = "88185a04d41fc093"


def signed(texts: Sequence[str]) -> minhash.Signatures:
    return minhash.signatures(shingles(texts))


@settings(max_examples=150, deadline=None)
@given(batches)
def test_a_batch_has_the_shingles_that_the_slow_reference_gives(texts: list[str]) -> None:
    found = shingles(texts)
    each = [
        found.hashes[start:end].tolist()
        for start, end in zip(found.starts, found.starts[1:], strict=False)
    ]
    assert each == [slow.shingle_hashes(text) for text in texts]


@settings(max_examples=60, deadline=None)
@given(batches)
def test_a_batch_has_the_signatures_that_the_slow_reference_gives(texts: list[str]) -> None:
    values = signed(texts)
    expected = [slow.signature(slow.shingle_hashes(text)) for text in texts]
    assert values.tolist() == expected
    assert [row.tobytes() for row in minhash.codes(values)] == [slow.codes(v) for v in expected]
    assert minhash.bands(values).tolist() == [slow.bands(v) for v in expected]


def test_the_signature_never_changes() -> None:
    (values,) = signed([words("How far do tides carry the seeds of mangroves?")])
    assert values[:4].tolist() == GOLDEN_VALUES
    assert minhash.codes(values[np.newaxis]).tobytes().hex() == GOLDEN_CODES
    assert f"{minhash.bands(values[np.newaxis])[0, 0]:016x}" == GOLDEN_BAND


def test_a_text_is_signed_alike_alone_and_among_others() -> None:
    texts = ["tides carry seeds", "", "glass", "seeds of mangroves drift " * 40]
    together = signed(texts)
    assert all(
        np.array_equal(signed([text])[0], row) for text, row in zip(texts, together, strict=True)
    )


def test_single_words_of_a_text_are_a_set_of_their_own() -> None:
    found = words_of(["tides carry seeds", "", "seeds"])
    assert found.starts.tolist() == [0, 3, 3, 4]
    assert found.hashes[2] == found.hashes[3]


def edited(source: random.Random, text: list[str], share: float) -> list[str]:
    return [f"w{source.randrange(10**6)}" if source.random() < share else each for each in text]


@pytest.mark.parametrize("length", [30, 200])
def test_the_similarity_of_signatures_is_that_of_the_sets(length: int) -> None:
    source = random.Random(7)
    errors = []
    for share in (0.0, 0.02, 0.1, 0.3):
        for _ in range(60):
            text = [f"w{source.randrange(5_000)}" for _ in range(length)]
            other = edited(source, text, share)
            sets = [set(slow.shingle_hashes(" ".join(each))) for each in (text, other)]
            exact = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
            codes = minhash.codes(signed([" ".join(text), " ".join(other)]))
            errors.append(float(minhash.similarity(codes[0], codes[1])) - exact)
    assert abs(np.mean(errors)) < 0.01
    assert np.std(errors) < 0.06


def test_texts_without_a_word_in_common_are_not_alike() -> None:
    codes = minhash.codes(signed(["a b c d e f g h " * 5, "i j k l m n o p " * 5]))
    assert minhash.similarity(codes[0], codes[1]) < 0.2


def test_every_row_of_codes_is_compared_with_its_own() -> None:
    codes = minhash.codes(signed(["one two three", "four five six"]))
    assert minhash.similarity(codes, codes).tolist() == [1.0, 1.0]
