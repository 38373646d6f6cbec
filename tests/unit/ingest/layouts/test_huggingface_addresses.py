"""Hugging Face Papers with addresses on lines of their own."""

from __future__ import annotations

import pytest

from services.ingest.capture import capture
from services.ingest.layouts.huggingface_addresses import LAYOUT
from services.ingest.layouts.layout import Listing, Match, Mismatch
from tests.invented_pages import BANNER, abstract, title

SITE = "https://huggingface.co"
HEAD = f"{BANNER}\n\nSubscribe\n\n{SITE}/login\n\nDaily\n\nMonthly\n\n{SITE}/papers/trending\n\n"


def record(number: int, *, repeated: bool = True) -> str:
    page = f"{SITE}/papers/2609.0000{number}"
    last = f"\n\n{page}" if repeated else ""
    return f"[-] 3\n\n{SITE}/login?a\n\n{title(number)}\n\n{page}\n\n{abstract(number)}{last}\n\n"


def listing(page: str) -> Listing:
    found = capture(page.encode())
    assert isinstance(LAYOUT.answer(found), Match)
    return LAYOUT.parse(found)


def test_an_address_ends_a_title_and_an_abstract() -> None:
    found = listing(HEAD + record(1) + record(2)).papers
    assert [(one.title, one.abstract) for one in found] == [
        (title(1), abstract(1)),
        (title(2), abstract(2)),
    ]
    assert [one.arxiv_id for one in found] == ["2609.00001", "2609.00002"]


def test_wrapped_lines_and_paragraphs_are_joined() -> None:
    page = HEAD + record(1).replace(" and ", "\nand ").replace(". The", ".\n\nThe")
    assert listing(page).papers[0].abstract == abstract(1)


def test_an_address_wrapped_onto_a_line_of_its_own_stays_in_the_abstract() -> None:
    text = f"{abstract(1)} Code is at\nhttps://github.com/example/winters\nand open."
    page = HEAD + record(1).replace(abstract(1), text)
    assert listing(page).papers[0].abstract == text.replace("\n", " ")


def test_words_below_an_address_that_no_address_ends_are_no_abstract() -> None:
    found = listing(HEAD + record(1, repeated=False) + record(2)).papers
    assert [one.abstract for one in found] == [None, abstract(2)]


def test_a_paper_listed_twice_by_the_pages_source_is_read_once() -> None:
    assert len(listing(HEAD + record(1) + record(1)).papers) == 1


@pytest.mark.parametrize("between", ["\n\n", "\n", " "])
def test_a_capture_that_was_cut_says_so_and_so_does_its_last_abstract(between: str) -> None:
    page = HEAD + record(1, repeated=False).replace(
        abstract(1), f"{abstract(1)[:120]}{between}[Content truncated]"
    )
    found = listing(page)
    assert found.flags == ("partial",)
    assert found.papers[0].flags == ("abstract_truncated",)
    assert found.papers[0].abstract == abstract(1)[:120].strip()


def test_the_date_is_that_of_the_paper_above_it() -> None:
    dated = record(1) + "2 authors](x)\n\n\u00b7\n\nMay 3, 2024\n\n" + record(2)
    first, second = listing(HEAD + dated).papers
    assert (str(first.published), second.published) == ("2024-05-03", None)


def test_below_the_name_of_trending_papers_stands_no_abstract() -> None:
    page = HEAD.replace("Daily\n", "Trending Papers\n") + record(1)
    assert listing(page).papers[0].abstract is None
    page = HEAD + record(1) + "\u00b7\n\nPublished on May 3, 2024\n"
    assert listing(page).papers[0].abstract is None


NEAR_MISSES = {
    "no_banner": record(1),
    "banner_alone": HEAD,
    "addresses_of_models": HEAD + record(1).replace("/papers/", "/models/"),
    "addresses_in_sentences": HEAD + f"See {SITE}/papers/2609.00001 for more.\n\n{abstract(1)}",
    "addresses_without_titles": HEAD + f"{SITE}/papers/2609.00001\n\n{SITE}/papers/2609.00002",
    "prose_after_the_banner": f"{BANNER}\n\n{abstract(3)}\n\n{record(1)}",
    "source_code": f'PAGES = """\n{BANNER}\n"""\n\nprint("{SITE}/papers/2609.00001")\n',
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    answer = LAYOUT.answer(capture(NEAR_MISSES[name].encode()))
    assert isinstance(answer, Mismatch)
    assert "Winters" not in answer.reason
