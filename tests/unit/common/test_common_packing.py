"""Outcomes become transactions of bounded size, and what no topic takes a dead letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.outcomes import Message, Outcome
from services.common.packing import ROOM_BYTES, TOO_LARGE, batches, fit, message_bytes
from services.common.session import Route
from services.common.topics import DEAD_LETTER, PAGES, PAPERS, RECORD_BYTES
from tests.invented import Record

ROUTE = Route(service="ingest", group="g.ingest", source=PAGES, sinks=(PAPERS, DEAD_LETTER))


def incoming(**changes) -> Record:
    """Give the record of page 17 of partition 3, but for the changes."""
    known = {
        "value": b"value",
        "key": b"key",
        "topic": "listings.pages.v1",
        "partition": 3,
        "offset": 17,
        "timestamp": 1_900_000_000_000,
    }
    return Record(**{**known, **changes})


def written(*sizes: int) -> Outcome:
    messages = (Message(topic=PAPERS.name, key=b"k", value=b"v" * size) for size in sizes)
    return Outcome(verdict="parsed", messages=tuple(messages))


def bytes_of(outcomes: list[Outcome]) -> int:
    return sum(message_bytes(message) for outcome in outcomes for message in outcome.messages)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Message(topic="papers", key=None, value=None), ROOM_BYTES),
        (Message(topic="papers", key=b"123", value=b"4567"), ROOM_BYTES + 7),
        (Message(topic="papers", key=None, value=None, headers=(("ab", b"cde"),)), ROOM_BYTES + 15),
    ],
)
def test_a_message_costs_its_bytes_and_room_for_what_the_stream_adds(message, expected):
    assert message_bytes(message) == expected


@given(
    sizes=st.lists(st.lists(st.integers(0, 3_000), max_size=4), max_size=30),
    most_bytes=st.integers(1, 20_000),
)
def test_a_transaction_is_bounded_and_none_is_lost_or_moved(sizes, most_bytes):
    records = [incoming(offset=offset) for offset in range(len(sizes))]
    outcomes = [written(*each) for each in sizes]
    packed = list(batches(records, outcomes, route=ROUTE, most_bytes=most_bytes))
    assert [record for some, _ in packed for record in some] == records
    assert [outcome for _, some in packed for outcome in some] == outcomes
    for some, fitted in packed:
        assert len(some) == len(fitted)
        assert len(some) == 1 or bytes_of(fitted) <= most_bytes


def test_a_transaction_is_not_cut_before_it_is_full():
    records = [incoming(offset=offset) for offset in range(5)]
    outcomes = [written(1_000)] * 5
    two = 2 * bytes_of([outcomes[0]])
    packed = batches(records, outcomes, route=ROUTE, most_bytes=two)
    assert [len(some) for some, _ in packed] == [2, 2, 1]


def test_no_records_are_no_transaction():
    assert list(batches([], [], route=ROUTE, most_bytes=1)) == []


def test_an_oversized_message_becomes_a_dead_letter_with_the_original_bytes():
    record = incoming(value=b"<html>", headers=(("mine", b"1"),))
    outcome, size = fit(record, written(10, RECORD_BYTES), ROUTE)
    (letter,) = outcome.messages
    assert (letter.topic, letter.key, letter.value) == (DEAD_LETTER.name, b"key", b"<html>")
    assert letter.headers[0] == ("mine", b"1")
    assert (outcome.verdict, outcome.rejected) == ("dead_letter", (TOO_LARGE,))
    assert size == message_bytes(letter)


def test_the_dead_letter_of_an_oversized_message_names_size_topic_and_limit():
    outcome, _ = fit(incoming(), written(RECORD_BYTES), ROUTE)
    detail = dict(outcome.messages[0].headers)["__connect.errors.exception.message"].decode()
    assert f"{RECORD_BYTES + ROOM_BYTES + 1} bytes for papers" in detail
    assert str(RECORD_BYTES) in detail


def test_a_message_of_exactly_the_limit_is_written():
    outcome = written(RECORD_BYTES - ROOM_BYTES - 1)
    assert fit(incoming(), outcome, ROUTE) == (outcome, RECORD_BYTES)


def test_the_dead_letter_of_the_largest_page_fits_its_topic():
    page = incoming(value=b"x" * (PAGES.max_record_bytes - 100), headers=(("h", b"y" * 50),))
    refused, size = fit(page, written(RECORD_BYTES), ROUTE)
    assert fit(page, refused, ROUTE) == (refused, size)
