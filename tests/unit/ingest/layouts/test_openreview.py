"""OpenReview's notes, after what third-party parsers read: no captured response was at hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.capture import capture
from services.ingest.layouts import openreview
from services.ingest.layouts.layout import ListedPaper, Listing, Match
from services.ingest.notation import Json
from tests.invented_pages import abstract, title

WHEN = datetime(2031, 3, 5, tzinfo=UTC)


def page(*notes: Json, **more: Any) -> bytes:
    return json.dumps({"notes": notes, **more}).encode()


def listing(*notes: Json, **more: Any) -> Listing:
    return openreview.parse(capture(page(*notes, **more), captured_at=WHEN))


def note(number: int, *, content: Json = None, **more: Any) -> dict[str, Any]:
    texts = {"title": title(number), "abstract": abstract(number)}
    return {"id": f"note{number}", "content": {**texts, **(content or {})}, **more}


def only(found: Listing) -> ListedPaper:
    (paper,) = found.papers
    return paper


@pytest.mark.parametrize(
    "body",
    [
        page(),
        page(count=3),
        page({"id": "a", "text": "a notebook's note"}),
        page({"id": "a", "content": "a notebook's note"}),
        page({"id": "a", "content": {"text": "no title"}}),
        page(note(1), None, "note"),
        json.dumps([note(1)]).encode(),
        json.dumps({"notes": {"content": {"title": "A"}}}).encode(),
    ],
)
def test_notes_of_another_program_are_not_recognised(body: bytes) -> None:
    assert not isinstance(openreview.LAYOUT.answer(capture(body)), Match)


@pytest.mark.parametrize("count", [None, 1, 3, "2", True])
def test_a_count_of_more_than_this_page_declares_nothing(count: object) -> None:
    assert listing(note(1), note(2), count=count).declared is None


def test_a_count_of_what_this_page_holds_is_declared() -> None:
    assert listing(note(1), note(2), count=2).declared == 2


def test_a_count_that_includes_a_review_declares_nothing() -> None:
    found = listing(note(1), note(2, replyto="note1"), count=2)
    assert (found.declared, len(found.papers)) == (None, 1)


@pytest.mark.parametrize(
    ("venue", "flags"),
    [
        ("Wall.cc/2031/Conference", ()),
        ("Wall.cc/2031/Conference/-/Submission", ()),
        ("OpenReview.net/Public_Article", ()),
        ("Wall.cc/2031/Conference/Rejected_Submission", ("rejected",)),
        ("Wall.cc/2031/Conference/Desk_Rejected_Submission", ("rejected",)),
        ("Wall.cc/2031/Conference/Withdrawn_Submission", ("withdrawn",)),
        (None, ()),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_venue_id_tells_what_became_of_a_submission(
    venue: str | None, flags: tuple[str, ...], version: int
) -> None:
    value = venue if version == 1 else {"value": venue}
    assert only(listing(note(1, content={"venueid": value}))).flags == flags


@pytest.mark.parametrize(
    ("times", "day"),
    [
        ({"pdate": 1926633600000, "cdate": 1916438400000}, date(2031, 1, 20)),
        ({"pdate": None, "cdate": 1916438400000}, date(2030, 9, 24)),
        ({"pdate": 10**30, "cdate": -(10**30)}, None),
        ({"cdate": "1916438400000"}, None),
        ({"cdate": True}, None),
        ({"cdate": 2000000000000}, None),
    ],
)
def test_times_are_milliseconds(times: dict[str, Any], day: date | None) -> None:
    assert only(listing(note(1, **times))).published == day


def test_an_id_that_is_none_makes_no_address() -> None:
    assert only(listing(note(1, forum="../x?id=<a>"))).addresses == ()


def test_a_short_summary_is_no_abstract() -> None:
    content = {"abstract": {"value": None}, "TL;DR": {"value": "Short."}, "TLDR": "Short."}
    assert only(listing(note(1, content=content))).abstract is None
