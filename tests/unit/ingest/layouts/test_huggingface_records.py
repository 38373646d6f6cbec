"""Hugging Face Papers as plain text with votes, authors and dates between the papers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.ingest.capture import capture
from services.ingest.layouts.huggingface_records import LAYOUT
from services.ingest.layouts.layout import Listing, Match, Mismatch
from services.ingest.parts import remarks
from tests.invented_pages import BANNER, abstract, blocks_page, pairs, title

HEAD = f"{BANNER}\n\nSubscribe\n\nDaily Papers\n\nOct 2\n\n"
NOW = datetime(2026, 10, 2, tzinfo=UTC)


def record(number: int, *, said: str = "3 authors\n\n\u00b7\n\nSep 1\n\n2") -> str:
    return f"{number}\n\n{title(number)}\n\n{abstract(number)}\n\n{said}\n\n"


def listing(page: str) -> Listing:
    found = capture(page.encode(), captured_at=NOW)
    assert isinstance(LAYOUT.answer(found), Match)
    return LAYOUT.parse(found)


@pytest.mark.parametrize(
    ("said", "published"),
    [
        ("3 authors\n\u00b7\nSep 1", date(2026, 9, 1)),
        ("Institute of Tides\n\u00b7\nOct 3\n14", date(2026, 10, 3)),
        ("Institute of Tides\n\u00b7 Oct 4", date(2025, 10, 4)),
        ("3 authors \u00b7 Feb 27, 2025 6", date(2025, 2, 27)),
        ("3 authors \u00b7 Feb 27, 20256", date(2025, 2, 27)),
        ("3 authors\nSep 1 29", date(2026, 9, 1)),
        ("3 authors\nSep 912", date(2026, 9, 9)),
        ("3 authors\nSep 129", None),
        ("3 authors\nFeb 31, 2025", None),
        ("3 authors\nFeb 3, 2106", None),
        ("3 authors", None),
    ],
)
def test_a_date_is_read_with_and_without_year_and_comments(
    said: str, published: date | None
) -> None:
    assert listing(HEAD + record(1, said=said)).papers[0].published == published


def test_the_year_is_that_of_the_link_to_the_day_before() -> None:
    address = "[Previous](https://huggingface.co/papers/date/2024-12-27)"
    made = remarks.made_at(["Sep 1", address], captured_at=NOW)
    assert remarks.published(["Sep 1"], captured_at=NOW, made_at=made) == date(2024, 9, 1)
    assert remarks.published(["Jan 2"], captured_at=NOW, made_at=made) == date(2025, 1, 2)
    assert remarks.made_at([address.replace("2024", "2106")], captured_at=NOW) == NOW


@pytest.mark.parametrize(
    "vote", ["12", "1.2k", "-", "[-] 1", "[-] -", "[- [x] Upvote 29]", "Upvote\n\n4", "upvotes 3"]
)
def test_every_kind_of_vote_is_a_remark(vote: str) -> None:
    found = listing(HEAD + record(1) + vote + "\n\n" + record(2).partition("\n\n")[2])
    assert [(one.title, one.abstract) for one in found.papers] == pairs(3)[1:]


def test_who_submitted_a_paper_is_no_title() -> None:
    for by in ("Submitted by\n\notto", "Submitted by\n\n\u00b7\n\n2024", "Submitted by otto"):
        page = f"{HEAD}{by}\n\n{record(1)}{by}\n\n{record(2)}"
        assert [one.title for one in listing(page).papers] == [title(1), title(2)]


def test_the_button_is_taken_off_what_follows_it() -> None:
    page = f"{BANNER}\nSubscribe{title(1)}\n{abstract(1)}\n3 authors\n"
    assert listing(page).papers[0].title == title(1)


def test_the_button_is_taken_off_who_submitted_the_first_paper() -> None:
    page = f"{BANNER}\nSubscribeSubmitted by\notto\n{title(1)}\n{abstract(1)}\n3 authors\n"
    assert listing(page).papers[0].title == title(1)


def test_titles_alone_need_the_authors_of_most() -> None:
    cards = [f"{n}\n\n{title(n)}\n\n{n + 1} authors\n\n5\n\n" for n in range(3)]
    found = listing(HEAD + "".join(cards) + "Previous\n\nNext\n\nCompany\n")
    assert [(one.title, one.abstract) for one in found.papers] == [
        (title(n), None) for n in range(3)
    ]


def test_a_capture_that_was_cut_says_so_and_so_does_its_last_abstract() -> None:
    for cut in (
        f"{abstract(2)[:99]}\n\n[Content truncated]",
        f"{abstract(2)[:99]}[Content truncated]",
    ):
        found = listing(f"{HEAD}{record(1)}7\n\n{title(2)}\n\n{cut}\n")
        assert found.flags == ("partial",)
        assert [one.flags for one in found.papers] == [(), ("abstract_truncated",)]
        assert found.papers[1].abstract == abstract(2)[:99].strip()


def test_a_title_whose_abstract_was_cut_off_is_left_out() -> None:
    found = listing(f"{HEAD}{record(1)}7\n\n{title(2)}\n\n[Content truncated]\n")
    assert (len(found.papers), found.flags) == (1, ("partial",))


def test_two_titles_before_the_cut_are_refused() -> None:
    page = f"{HEAD}{record(1)}7\n\n{title(2)}\n\n3 authors\n\n{title(3)}\n\n[Content truncated]\n"
    assert isinstance(LAYOUT.answer(capture(page.encode())), Mismatch)


def test_below_the_name_of_trending_papers_stands_no_abstract() -> None:
    page = HEAD.replace("Daily Papers", "Trending Papers") + record(1)
    assert listing(page).papers[0].abstract is None
    assert listing(HEAD + "Trending Papers\n\n" + record(1)).papers[0].abstract == abstract(1)
    page = HEAD + record(1, said="Institute \u00b7 Published on Sep 1, 2026")
    assert listing(page).papers[0].abstract is None


NEAR_MISSES = {
    "no_banner": record(1),
    "banner_alone": HEAD,
    "no_remarks": blocks_page(pairs(4)),
    "remarks_of_some": HEAD + record(1) + record(2, said="") + record(3),
    "votes_alone": HEAD + record(1, said="7") + record(2, said="8"),
    "titles_alone": HEAD + "\n\n".join(map(title, range(9))),
    "titles_with_votes": HEAD + "".join(f"{n}\n\n{title(n)}\n\n" for n in range(9)),
    "no_abstract_of_one": HEAD + record(1) + f"{title(2)}\n\n3 authors\n\n" + record(3),
    "two_paragraphs": HEAD + record(1).replace(abstract(1), f"{abstract(1)}\n\n{abstract(2)}"),
    "abstract_before_title": HEAD + f"{abstract(1)}\n\n{title(1)}\n\n3 authors\n\n" + record(2),
    "two_lines_before_remarks": HEAD + record(1, said="Who\n\nknows\n\n3 authors") + record(2),
    "markdown": HEAD + record(1).replace(title(1), f"### {title(1)}"),
    "source_code": f'BANNER = """\n{BANNER}\n"""\n\ndef votes(page):\n    return 3\n\n3 authors\n',
    "an_article": f"{BANNER}\n\n{abstract(1)}\n\n3 authors\n\n{abstract(2)}\n\nSep 1\n",
    "a_thread": f"{BANNER}\n\nanna\n\n3\n\nNice page.\n\nbert\n\n1\n\nIt is.\n\nSep 1\n",
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    answer = LAYOUT.answer(capture(NEAR_MISSES[name].encode(), captured_at=NOW))
    assert isinstance(answer, Mismatch)
    assert "Winters" not in answer.reason
