"""Dead letters chosen and sent back: which are open, and what goes back in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
import pytest

from services.cli.letters import Letters, Selection, counts, letter
from services.cli.settling import back
from services.common.codec import decode, encode
from services.common.dead_letters import REDRIVEN, SETTLED, dead_letter, item_letter
from services.common.errors import Rejected
from services.common.outcomes import Headers, Message
from services.common.records import Paper
from tests.invented import Record, paper

PAGE = Record(
    b"a page", b"mill", "t.pages", 2, 40, headers=(("ce_source", b"https://mill.example"),)
)


@dataclass(frozen=True)
class Stored:
    """A record as the topic of the dead letters holds it."""

    value: bytes | None
    key: bytes | None
    headers: Headers
    offset: int
    topic: str = "t.dead-letter"
    partition: int = 0
    timestamp: int = 1_700_000_000_000


def stored(message: Message, offset: int) -> Stored:
    return Stored(message.value, message.key, message.headers, offset)


def refused(record: Record, offset: int, *, reason: str = "odd", stage: str = "ingest") -> Stored:
    message = dead_letter(record, Rejected(reason, "it is odd"), stage=stage)
    stamped = (("headrace.refused", b"g/t.pages/2/40"), ("headrace.entered", b"7"))
    return stored(msgspec.structs.replace(message, headers=(*message.headers, *stamped)), offset)


def settlement(place: str, offset: int) -> Stored:
    return Stored(b"", None, ((SETTLED, place.encode()),), offset)


def test_a_letter_says_what_was_refused_where_and_why() -> None:
    found = letter(refused(PAGE, 5))
    assert (found.place, found.stage, found.reason, found.detail, found.source) == (
        "0/5",
        "ingest",
        "odd",
        "it is odd",
        "https://mill.example",
    )
    assert (found.topic, found.partition, found.offset, found.attempts) == ("t.pages", 2, 40, 1)


def test_a_foreign_record_is_a_letter_that_says_little() -> None:
    found = letter(Stored(b"?", None, (("__connect.errors.offset", b"many"),), 3))
    assert (found.stage, found.reason, found.offset, found.item) == ("", "", 0, None)


def test_what_was_settled_is_open_no_more() -> None:
    letters = Letters()
    letters.add([refused(PAGE, 0), refused(PAGE, 1), settlement("0/0", 2), settlement("0/0", 3)])
    assert [each.place for each in letters.chosen(Selection())] == ["0/1"]
    assert letters.settled == 1


@pytest.mark.parametrize(
    ("selection", "has"),
    [
        (Selection(), True),
        (Selection(reason="odd"), True),
        (Selection(reason="even"), False),
        (Selection(stage="ingest", source="mill.ex"), True),
        (Selection(source="weir"), False),
        (Selection(since=datetime(2023, 11, 14, tzinfo=UTC)), True),
        (Selection(until=datetime(2023, 11, 14, tzinfo=UTC)), False),
        (Selection(places=("0/5",)), True),
        (Selection(places=("0/6",)), False),
    ],
)
def test_a_selection_has_what_fits_all_of_it(selection: Selection, has: bool) -> None:
    assert selection.has(letter(refused(PAGE, 5))) is has


def test_letters_are_counted_by_stage_and_reason() -> None:
    found = [refused(PAGE, 0), refused(PAGE, 1), refused(PAGE, 2, reason="even")]
    assert counts(map(letter, found)) == [("ingest", "odd", 2), ("ingest", "even", 1)]


def test_a_page_goes_back_as_it_was_with_its_tries() -> None:
    message = back(letter(refused(PAGE, 5)))
    assert message is not None
    assert (message.topic, message.key, message.value) == ("pages", PAGE.key, PAGE.value)
    assert message.headers == (
        *PAGE.headers,
        ("headrace.attempts", b"1"),
        (REDRIVEN, b"0/5"),
    )


def test_tries_are_counted_on() -> None:
    first = back(letter(refused(PAGE, 5)))
    assert first is not None
    again = refused(replace(PAGE, headers=first.headers), 6)
    assert letter(again).attempts == 2
    second = back(letter(again))
    assert second is not None
    assert [value for name, value in second.headers if name == REDRIVEN] == [b"0/6"]


def test_a_paper_that_embed_refused_comes_again_through_dedupe() -> None:
    one = paper("weir", paper_id="a" * 32, revision=3)
    message = back(letter(refused(Record(encode(one)), 5, stage="embed")))
    assert message is not None
    assert (message.topic, message.key) == ("papers", b"a" * 32)
    assert dict(message.headers)["headrace.follows"] == b"3"
    assert decode(message.value, Paper) == one


@pytest.mark.parametrize("value", [b"no paper", encode(paper("weir"))])
def test_what_embed_could_not_read_cannot_go_back(value: bytes) -> None:
    assert back(letter(refused(Record(value), 5, stage="embed"))) is None


def test_an_item_of_a_page_cannot_go_back_alone() -> None:
    whole = dead_letter(PAGE, Rejected("bad_item", "it is bad"), stage="ingest")
    found = letter(stored(item_letter(whole, b"one item", number=3), 5))
    assert found.item == 3
    assert back(found) is None
