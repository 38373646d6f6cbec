"""A dead letter keeps the record whole and says where, why and how often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.dead_letters import (
    ATTEMPTS,
    CONNECT,
    DETAIL_CHARACTERS,
    ITEM,
    REASON,
    dead_letter,
    item_letter,
    refuse,
)
from services.common.errors import Rejected
from services.common.topics import DEAD_LETTER
from tests.invented import Record

REJECTED = Rejected("unknown_layout", "tried three layouts")


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


def own(headers):
    return [
        (name, value)
        for name, value in headers
        if not name.startswith(CONNECT) and name not in (REASON, ATTEMPTS)
    ]


@given(
    key=st.none() | st.binary(max_size=20),
    value=st.binary(max_size=50),
    headers=st.lists(st.tuples(st.text("abc.-", max_size=5), st.binary(max_size=5)), max_size=4),
    refusals=st.integers(1, 4),
)
def test_key_value_and_own_headers_survive_every_refusal(key, value, headers, refusals):
    record = incoming(key=key, value=value, headers=tuple(headers))
    for _ in range(refusals):
        letter = dead_letter(record, REJECTED, stage="ingest")
        record = incoming(key=letter.key, value=letter.value, headers=letter.headers)
    assert (letter.topic, letter.key, letter.value) == (DEAD_LETTER.name, key, value)
    assert own(letter.headers) == headers
    assert dict(letter.headers)[ATTEMPTS] == b"%d" % refusals
    assert len(letter.headers) == len(headers) + 8


def test_the_headers_say_where_and_why():
    headers = dead_letter(incoming(), REJECTED, stage="ingest").headers
    assert dict(headers) == {
        "__connect.errors.topic": b"listings.pages.v1",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"17",
        "__connect.errors.stage": b"ingest",
        "__connect.errors.exception.class.name": b"Rejected",
        "__connect.errors.exception.message": b"tried three layouts",
        "headrace.reason": b"unknown_layout",
        "headrace.attempts": b"1",
    }


def test_an_earlier_refusal_is_replaced():
    first = dead_letter(incoming(), REJECTED, stage="ingest")
    again = incoming(offset=99, headers=first.headers)
    second = dict(dead_letter(again, Rejected("no_words", "none"), stage="dedupe").headers)
    assert second[REASON] == b"no_words"
    assert second[CONNECT + "stage"] == b"dedupe"
    assert second[CONNECT + "offset"] == b"99"


@pytest.mark.parametrize("forged", [b"", b"-1", b"many", b"9" * 5_000])
def test_attempts_that_are_no_count_begin_anew(forged):
    record = incoming(headers=((ATTEMPTS, forged),))
    assert dict(dead_letter(record, REJECTED, stage="ingest").headers)[ATTEMPTS] == b"1"


def test_a_null_value_is_kept_as_an_empty_one():
    # Kafka takes no record without key and value.
    letter = dead_letter(incoming(key=None, value=None), REJECTED, stage="ingest")
    assert (letter.key, letter.value) == (None, b"")


def test_the_dead_letter_of_an_item_has_its_number_and_its_text():
    letter = item_letter(dead_letter(incoming(), REJECTED, stage="ingest"), b"item", number=7)
    assert (letter.key, letter.value) == (b"key", b"item")
    assert dict(letter.headers)[ITEM] == b"7"
    again = incoming(key=letter.key, value=letter.value, headers=letter.headers)
    assert ITEM not in dict(dead_letter(again, REJECTED, stage="ingest").headers)


def test_a_long_detail_is_cut():
    rejected = Rejected("not_a_record", "ü" * (DETAIL_CHARACTERS + 1))
    headers = dict(dead_letter(incoming(), rejected, stage="dedupe").headers)
    detail = headers[CONNECT + "exception.message"].decode()
    assert detail == "ü" * DETAIL_CHARACTERS


def test_a_refused_record_has_its_dead_letter_as_the_only_message():
    outcome = refuse(incoming(), REJECTED, stage="ingest")
    assert outcome.messages == (dead_letter(incoming(), REJECTED, stage="ingest"),)
    assert (outcome.verdict, outcome.rejected) == ("dead_letter", ("unknown_layout",))
