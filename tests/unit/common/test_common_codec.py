"""Bytes become a record, or a refusal that names the field."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.codec import decode, encode
from services.common.errors import Rejected
from services.common.records import Links, Page, Paper, Sighting, Verdict

PAGE = Page(
    page_id="d" * 32,
    source="mill",
    captured_at=datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC),
    layout="lines",
    date_label=None,
    position=0,
    papers_on_page=1,
    topic="listings.pages.v1",
    partition=0,
    offset=5,
)
PAPER = Paper(wording_id="a" * 32, page=PAGE, title="A Slow Clock")
SIGHTING = Sighting(
    paper_id="a" * 32, wording_id="b" * 32, verdict=Verdict.NEAR, similarity=0.9, page=PAGE
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    title=st.none() | WORDS,
    abstract=st.none() | WORDS,
    authors=st.lists(WORDS, max_size=3),
    links=st.lists(WORDS, max_size=2),
    position=st.integers(0, 2**40),
)
def test_a_record_comes_back_as_it_was(title, abstract, authors, links, position):
    paper = msgspec.structs.replace(
        PAPER,
        title=title,
        abstract=abstract,
        authors=tuple(authors),
        links=Links(paper=tuple(links)),
        page=msgspec.structs.replace(PAGE, position=position),
    )
    assert decode(encode(paper), Paper) == paper


def test_every_field_is_written():
    assert set(json.loads(encode(PAPER))) == set(Paper.__struct_fields__)
    assert set(json.loads(encode(SIGHTING))) == set(Sighting.__struct_fields__)


def test_a_field_that_a_later_version_added_is_ignored():
    assert decode(encode(PAPER)[:-1] + b',"later":1}', Paper) == PAPER


def changed(**fields) -> bytes:
    return json.dumps({**json.loads(encode(PAPER)), **fields}).encode()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "a null value is no Paper"),
        (b"", "not the JSON of a Paper"),
        (b"{", "not the JSON of a Paper"),
        (b"\xff\xfe", "not the JSON of a Paper"),
        (b"[]", "not the JSON of a Paper"),
        (b"{}", "wording_id"),
        (changed(wording_id="A" * 32), "$.wording_id"),
        (changed(revision=-1), "$.revision"),
        (changed(title=5), "$.title"),
        (changed(kind="old"), "$.kind"),
        (changed(authors=["Ada", 7]), "$.authors[1]"),
        (changed(page={**json.loads(encode(PAPER))["page"], "offset": "5"}), "$.page.offset"),
        (changed(related=[{"paper_id": "c" * 32, "similarity": 2}]), "$.related[0].similarity"),
        (changed(title="\ud800").replace(b"\\ud800", b"\xed\xa0\x80"), "not the JSON of a Paper"),
    ],
)
def test_what_is_no_record_is_refused_with_the_path_of_the_field(value, told):
    with pytest.raises(Rejected) as refused:
        decode(value, Paper)
    assert refused.value.reason == "not_a_record"
    assert told in refused.value.detail


def test_a_record_of_another_kind_is_refused():
    with pytest.raises(Rejected, match=r"\$\.paper_id"):
        decode(encode(PAPER), Sighting)
