"""Texts wait by length and by owner, and come out once, fairly, at the moment of asking."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.embed.batching import Batcher, buckets

LENGTHS = (8, 16, 32)
BUDGET = 64

texts = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 32)), max_size=60)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 3), st.integers(1, 32)),
        st.tuples(st.just("take"), st.just(0), st.just(0)),
        st.tuples(st.just("drop"), st.integers(0, 3), st.just(0)),
    ),
    max_size=80,
)


def filled(waiting: list[tuple[int, int]]) -> Batcher[tuple[int, int, int]]:
    """Give a batcher with texts, each its owner, its length and its number."""
    batcher: Batcher[tuple[int, int, int]] = Batcher(LENGTHS, BUDGET)
    for number, (owner, tokens) in enumerate(waiting):
        batcher.add(owner, (owner, tokens, number), tokens)
    return batcher


def taken(batcher: Batcher[tuple[int, int, int]]) -> list[list[tuple[int, int, int]]]:
    """Take until nothing waits."""
    found = []
    while (batch := batcher.take()) is not None:
        found.append(list(batch.texts))
    return found


@given(texts)
def test_every_text_comes_out_once_and_those_of_an_owner_and_a_length_in_order(
    waiting: list[tuple[int, int]],
) -> None:
    found = [text for batch in taken(filled(waiting)) for text in batch]
    assert sorted(number for _, _, number in found) == list(range(len(waiting)))
    for owner in range(4):
        for longest in LENGTHS:
            own = [n for o, tokens, n in found if o == owner and bucket_of(tokens) == longest]
            assert own == sorted(own)


def bucket_of(tokens: int) -> int:
    return next(each for each in LENGTHS if tokens <= each)


@given(texts)
def test_a_batch_is_of_one_bucket_and_within_its_budget(waiting: list[tuple[int, int]]) -> None:
    batcher = filled(waiting)
    while (batch := batcher.take()) is not None:
        assert {bucket_of(tokens) for _, tokens, _ in batch.texts} == {batch.tokens}
        assert 0 < len(batch.texts) * batch.tokens <= BUDGET


@given(steps)
def test_a_free_device_never_waits_while_a_text_does(steps: list[tuple[str, int, int]]) -> None:
    batcher: Batcher[tuple[int, int]] = Batcher(LENGTHS, BUDGET)
    waiting: Counter[tuple[int, int]] = Counter()
    for kind, owner, tokens in steps:
        match kind:
            case "add":
                batcher.add(owner, (owner, tokens), tokens)
                waiting[owner, tokens] += 1
            case "drop":
                batcher.drop(owner)
                waiting = Counter({key: n for key, n in waiting.items() if key[0] != owner})
            case _:
                batch = batcher.take()
                assert (batch is None) == (not waiting)
                waiting -= Counter(batch.texts if batch else ())
        assert len(batcher) == waiting.total()


@given(texts, st.integers(1, 32))
def test_a_text_waits_for_one_batch_of_each_bucket_whatever_others_brought(
    waiting: list[tuple[int, int]], tokens: int
) -> None:
    batcher = filled([(0, length) for _, length in waiting])
    batcher.add("late", (9, tokens, -1), tokens)
    first = taken(batcher)[: len(LENGTHS)]
    assert any((9, tokens, -1) in batch for batch in first)


def test_a_text_longer_than_the_budget_goes_alone() -> None:
    batcher: Batcher[str] = Batcher((100,), 10)
    batcher.add("one", "long", 90)
    batcher.add("one", "longer", 100)
    batch = batcher.take()
    assert batch is not None
    assert batch.texts == ["long"]


@pytest.mark.parametrize(
    ("longest", "expected"),
    [
        (256, (32, 64, 96, 128, 160, 192, 224, 256)),
        (512, (64, 128, 192, 256, 320, 384, 448, 512)),
        (100, (16, 32, 48, 64, 80, 96, 100)),
        (8, (8,)),
    ],
)
def test_buckets_are_eight_at_most_and_end_with_the_longest(
    longest: int, expected: tuple[int, ...]
) -> None:
    assert buckets(longest) == expected
