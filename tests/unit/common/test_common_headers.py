"""The stream's own headers: CloudEvents, coordinates of the input, and what is carried on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.headers import ENTERED, INPUT, REFUSED, TRACE, Stamp, entered_ms, input_prefix
from services.common.outcomes import Message
from services.common.topics import DEAD_LETTER, SIGHTINGS, UNIQUE
from tests.invented import Record

PREFIX = input_prefix("headrace.dedupe", "listings.papers.v1", 3)
TRACED = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


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


@pytest.fixture(scope="module")
def stamp() -> Stamp:
    return Stamp(PREFIX, service="dedupe", sinks=(UNIQUE, SIGHTINGS, DEAD_LETTER))


def message(topic: str, **parts) -> Message:
    return Message(topic=topic, key=b"k", value=b"v", **parts)


def test_a_record_carries_cloud_events_and_its_input(stamp):
    headers = stamp.headers(incoming(offset=17), 2, message("unique"))
    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "ce_type": b"headrace.paper.unique.v1",
        "ce_source": b"/headrace/dedupe",
        "content-type": b"application/json",
        "ce_id": b"headrace.dedupe/listings.papers.v1/3/17/2",
        INPUT: b"headrace.dedupe/listings.papers.v1/3/17",
        ENTERED: b"1900000000000",
    }


def test_each_topic_has_its_own_event_type(stamp):
    types = [
        dict(stamp.headers(incoming(), 0, message(topic)))["ce_type"]
        for topic in ("unique", "sightings")
    ]
    assert types == [b"headrace.paper.unique.v1", b"headrace.paper.sighted.v1"]


def test_the_headers_of_the_message_come_first(stamp):
    headers = stamp.headers(incoming(), 0, message("unique", headers=(("owner", b"3:17"),)))
    assert headers[0] == ("owner", b"3:17")


def test_a_dead_letter_says_refused_and_keeps_the_headers_that_came(stamp):
    kept = (("ce_type", b"theirs"), (INPUT, b"headrace.ingest/listings.pages.v1/0/5"))
    headers = stamp.headers(incoming(), 0, message("dead-letter", headers=kept))
    assert headers == [
        *kept,
        (REFUSED, b"headrace.dedupe/listings.papers.v1/3/17"),
        (ENTERED, b"1900000000000"),
    ]


def test_a_dead_letter_refused_again_has_one_refusal(stamp):
    first = stamp.headers(incoming(offset=17), 0, message("dead-letter"))
    again = incoming(offset=99, headers=tuple(first))
    second = stamp.headers(again, 0, message("dead-letter", headers=tuple(first)))
    assert second == [
        (REFUSED, b"headrace.dedupe/listings.papers.v1/3/99"),
        (ENTERED, b"1900000000000"),
    ]


def test_the_trace_is_carried_on(stamp):
    record = incoming(headers=((TRACE, TRACED),))
    assert (TRACE, TRACED) in stamp.headers(record, 0, message("unique"))


@given(entered=st.integers(0, 2**45), timestamp=st.integers(0, 2**45))
def test_the_time_of_arrival_is_carried_on_and_the_record_s_own_where_there_is_none(
    stamp, entered, timestamp
):
    first = incoming(timestamp=entered)
    second = incoming(
        timestamp=timestamp, headers=tuple(stamp.headers(first, 0, message("unique")))
    )
    assert entered_ms(first) == entered
    assert entered_ms(second) == entered
    assert dict(stamp.headers(second, 0, message("sightings")))[ENTERED] == b"%d" % entered


@pytest.mark.parametrize("forged", [b"", b"soon", b"-5", b"1.5"])
def test_an_arrival_that_is_no_time_is_not_believed(forged):
    assert entered_ms(incoming(timestamp=7, headers=((ENTERED, forged),))) == 7


def test_an_input_prefix_ends_a_partition_s_number():
    assert input_prefix("g", "t", 1) == "g/t/1/"
    assert not "g/t/10/5".startswith(input_prefix("g", "t", 1))
