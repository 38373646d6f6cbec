"""The topics and their limits: what one takes, the next has room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.dead_letters import DETAIL_CHARACTERS, dead_letter
from services.common.errors import Rejected
from services.common.packing import message_bytes
from services.common.topics import (
    DEAD_LETTER,
    ENRICHED,
    HEADER_ROOM,
    MIB,
    PAGE_BYTES,
    PAGES,
    PAPERS,
    SIGHTINGS,
    TOPICS,
    UNIQUE,
    broker_config,
    topic,
)
from tests.invented import Record


def test_limits_grow_from_records_over_pages_to_dead_letters():
    assert PAPERS.max_record_bytes == UNIQUE.max_record_bytes == ENRICHED.max_record_bytes == MIB
    assert PAPERS.max_record_bytes < PAGE_BYTES < PAGES.max_record_bytes
    assert PAGES.max_record_bytes < DEAD_LETTER.max_record_bytes


@given(
    value_bytes=st.integers(PAGES.max_record_bytes - HEADER_ROOM, PAGES.max_record_bytes),
    detail=st.text("aü漢", max_size=10),
)
def test_the_dead_letter_topic_takes_whatever_the_others_took(value_bytes, detail):
    record = Record(b"x" * value_bytes, key=b"source", topic="listings.pages.v1")
    rejected = Rejected("page_too_large", detail * DETAIL_CHARACTERS)
    letter = dead_letter(record, rejected, stage="ingest")
    assert message_bytes(letter) <= DEAD_LETTER.max_record_bytes


def test_the_broker_is_told_the_limit_of_every_topic():
    for each in TOPICS:
        assert broker_config(each)["max.message.bytes"] == str(each.max_record_bytes)


def test_pages_are_stored_as_measured():
    assert broker_config(PAGES)["compression.type"] == "uncompressed"


def test_what_dedupe_emitted_and_what_was_enriched_never_expires():
    kept = [each.name for each in TOPICS if "retention.ms" not in each.config]
    assert kept == ["unique", "enriched"]
    assert {broker_config(each)["cleanup.policy"] for each in (UNIQUE, ENRICHED)} == {"compact"}


def test_lanes_of_dedupe_and_embed_are_as_many_as_partitions_before_them():
    assert PAGES.partitions == PAPERS.partitions == UNIQUE.partitions == SIGHTINGS.partitions


@pytest.mark.parametrize("each", TOPICS, ids=lambda each: each.name)
def test_a_topic_is_found_by_its_short_name(each):
    assert topic(each.name) is each


def test_a_name_that_no_topic_has_is_an_error():
    with pytest.raises(KeyError):
        topic("listings.papers.v1")


def test_what_headrace_writes_has_an_event_type_of_its_own():
    types = [each.event_type for each in TOPICS if each not in (PAGES, DEAD_LETTER)]
    assert None not in types
    assert len(set(types)) == len(types)
