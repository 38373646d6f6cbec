"""What holds for any page whatever."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from services.common.errors import Rejected
from services.ingest.handler import REASONS
from services.ingest.lines import has_letters
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection
from tests.invented_pages import (
    BANNER,
    LONG_BANNER,
    abstract,
    abstracts_page,
    blocks_page,
    lines_page,
    pairs,
)

LIMITS = IngestSection(page_bytes=100_000, papers_per_page=50, field_characters=1_000)

SITE = ["", "new", BANNER, LONG_BANNER, "Subscribe", "Subscribe", "Oct 2", "Previous", "Next"]
LINE = st.one_of(
    st.sampled_from(SITE),
    st.integers(0, 9).map(abstract),
    st.integers(0, 9).map(lambda number: pairs(10)[number][0]),
    st.text(max_size=40),
)
WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
TITLE = st.lists(WORD, min_size=2, max_size=8).map(lambda words: "On " + " ".join(words))
BODY = st.lists(WORD, min_size=1, max_size=30).map(
    lambda words: "We show that " + " ".join(words) + " " + abstract(3)
)


def check(body: bytes) -> Reading | None:
    """Read a page; whatever comes of it must be papers with words, or a known reason."""
    reading, reason = None, None
    try:
        reading = read(body, limits=LIMITS)
    except Rejected as rejected:
        reason = rejected.reason
    if reading is None:
        assert reason in REASONS
        return None
    assert reading.listing.papers
    for paper in reading.listing.papers:
        assert has_letters((paper.title or "") + (paper.abstract or ""))
        for text in (paper.title, paper.abstract):
            assert text is None or (text == " ".join(text.split()) and 0 < len(text) <= 1_000)
    return reading


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    check(body)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnicodeEncodeError):
        check(text.encode())


@given(st.lists(LINE, max_size=14), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_any_arrangement_of_plausible_lines_is_read_or_refused(page: list[str], end: str) -> None:
    with suppress(UnicodeEncodeError):
        check(end.join(page).encode())


@given(
    st.sampled_from([blocks_page(pairs(4)), lines_page(pairs(4)), abstracts_page(4)]),
    st.integers(0, 2_000),
    st.integers(0, 200),
    st.binary(max_size=20),
)
def test_any_damage_to_a_page_is_read_or_refused(
    page: str, at: int, length: int, patch: bytes
) -> None:
    body = page.encode()
    check(body[:at] + patch + body[at + length :])


@given(st.lists(st.tuples(TITLE, BODY), min_size=1, max_size=6))
@example([("On 1", "We show that " + abstract(3))])
def test_both_forms_of_the_same_pairs_give_the_same_papers(listed: list[tuple[str, str]]) -> None:
    blocks, follow = check(blocks_page(listed).encode()), check(lines_page(listed).encode())
    assert blocks is not None
    assert follow is not None
    assert blocks.listing.papers == follow.listing.papers
    assert len(blocks.listing.papers) == len(listed)
