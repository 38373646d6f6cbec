"""The three text layouts: what they read, what they survive and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.common.errors import Rejected
from services.ingest.capture import capture
from services.ingest.layouts.table import LAYOUTS
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection
from tests.invented_pages import (
    BANNER,
    LONG_BANNER,
    Pair,
    abstract,
    abstracts_page,
    blocks_page,
    lines_page,
    pairs,
    title,
)

LIMITS = IngestSection()

BLOCKS = blocks_page(pairs(5))
LINES = lines_page(pairs(5))
ABSTRACTS = abstracts_page(5, noise="peat")
PAGES = {"huggingface_blocks": BLOCKS, "huggingface_lines": LINES, "abstract_lines": ABSTRACTS}

DISTURBANCES: dict[str, Callable[[str], str]] = {
    "crlf": lambda page: page.replace("\n", "\r\n"),
    "cr": lambda page: page.replace("\n", "\r"),
    "byte_order_mark": lambda page: "\ufeff" + page,
    "trailing_spaces": lambda page: page.replace("\n", "  \t \n"),
    "doubled_blank_lines": lambda page: page.replace("\n\n", "\n\n\n"),
    "tabs": lambda page: page.replace(" ", "\t"),
    "doubled_spaces": lambda page: page.replace(" ", "  "),
    "no_break_spaces": lambda page: page.replace(" ", "\u00a0"),
    "blank_lines_around": lambda page: "\n \n" + page + "\n\n ",
    "no_last_newline": lambda page: page.rstrip("\n"),
    "zero_width_spaces": lambda page: page.replace("e", "\u200be"),
}


def reading(page: str) -> Reading:
    return read(page.encode(), limits=LIMITS)


def listed(page: str) -> list[tuple[str | None, str | None]]:
    return [(paper.title, paper.abstract) for paper in reading(page).listing.papers]


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize(
    ("layout", "page"), [("huggingface_blocks", blocks_page), ("huggingface_lines", lines_page)]
)
def test_pairs_are_read_in_order(
    layout: str, page: Callable[[list[Pair]], str], count: int
) -> None:
    assert reading(page(pairs(count))).layout == layout
    assert listed(page(pairs(count))) == pairs(count)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_abstracts_are_read_in_order_and_have_no_title(count: int) -> None:
    assert reading(abstracts_page(count)).layout == "abstract_lines"
    assert listed(abstracts_page(count)) == [(None, abstract(number)) for number in range(count)]


@pytest.mark.parametrize("layout", PAGES)
def test_one_layout_alone_claims_a_page(layout: str) -> None:
    said = reading(PAGES[layout]).opinions
    claims = [opinion.layout.name for opinion in said if type(opinion.answer).__name__ == "Match"]
    assert claims == [layout]


@pytest.mark.parametrize("layout", PAGES)
@pytest.mark.parametrize("disturb", DISTURBANCES.values(), ids=DISTURBANCES)
def test_how_a_page_was_saved_changes_no_paper(layout: str, disturb: Callable[[str], str]) -> None:
    assert listed(disturb(PAGES[layout])) == listed(PAGES[layout])
    assert reading(disturb(PAGES[layout])).layout == layout


def test_blank_lines_between_abstracts_are_let_pass() -> None:
    assert listed(ABSTRACTS.replace("\n", "\n\n")) == listed(ABSTRACTS)


def test_the_date_is_kept_in_the_words_of_the_page() -> None:
    assert reading(BLOCKS).listing.date_label == "Oct 9"
    assert (
        reading(blocks_page(pairs(1), date="March 3, 2031")).listing.date_label == "March 3, 2031"
    )
    assert reading(LINES).listing.date_label is None


def test_the_button_is_taken_off_the_first_title_only() -> None:
    third = ("Subscribe Now: Loyalty Among Lighthouse Keepers", abstract(9))
    page = lines_page([*pairs(2), third])
    assert listed(page) == [*pairs(2), third]


def test_a_title_of_that_word_stays_where_the_button_has_a_line_of_its_own() -> None:
    first = ("Subscribers and Tides", abstract(9))
    assert listed(blocks_page([first]))[0] == first


def test_every_line_of_the_site_is_left_out_and_counted() -> None:
    head = ["Daily Papers", "by AK and the research community", "Daily", "Weekly", "Monthly"]
    page = "\n\n".join(["Models", "Search", LONG_BANNER, "Subscribe", *head, "Dec 24", "Previous"])
    tail = ["Previous", "Next", "Trending Papers ranked by GitHub stars activity", "Company"]
    page = "\n\n".join([page, *pairs(1)[0], *pairs(2)[1], *tail])
    assert listed(page) == pairs(2)
    assert reading(page).listing.ignored_lines == 15


def test_a_paper_listed_twice_is_two_papers() -> None:
    assert listed(blocks_page([*pairs(2), *pairs(2)])) == [*pairs(2), *pairs(2)]


def test_rules_and_bullets_between_papers_are_no_papers() -> None:
    page = blocks_page([(title(1), abstract(1) + "\n\n-----\n\n\u00b7"), (title(2), abstract(2))])
    assert listed(page) == [(title(1), abstract(1)), (title(2), abstract(2))]


def test_a_pair_without_a_letter_is_dropped_and_counted() -> None:
    page = blocks_page([*pairs(1), ("1912", "1 2 3. " * 30 + "4.")])
    assert listed(page) == pairs(1)
    assert reading(page).listing.ignored_lines == 7


def test_a_question_of_150_characters_and_a_short_abstract_stay_in_step() -> None:
    odd = (
        "Why " + "very " * 29 + "old?",
        "We show that the answer to this question is that it can be.",
    )
    short = (odd[0], odd[1] + " So the results suggest.")
    assert listed(lines_page([*pairs(1), short, *pairs(2)])) == [*pairs(1), short, *pairs(2)]


def test_an_abstract_that_was_cut_is_still_an_abstract() -> None:
    cut = (title(1), abstract(1)[:120] + "\u2026")
    assert listed(blocks_page([cut])) == [cut]


def test_one_single_word_for_four_abstracts_is_noise() -> None:
    assert reading(abstracts_page(4, noise="peat")).listing.ignored_lines == 1
    with pytest.raises(Rejected):
        reading(abstracts_page(3, noise="peat"))


SENTENCE = (
    "The bus was late again and the rain did not stop until the shops had closed for the day. "
)
CODE_LINE = "def total(values: list[int]) -> int:  # the sum of what was measured in the experiment"
LOG_LINE = "2031-04-02 10:11:12,345 INFO [worker-3] batch_embedded records=48 tokens=3912 ms=81 "

NEAR_MISSES = {
    "essay": "\n".join([SENTENCE * 5] * 6),
    "essay_in_paragraphs": "\n\n".join([SENTENCE * 5] * 6),
    "one_essay_line": SENTENCE * 5,
    "wrapped_abstract": "\n".join(abstract(1)[at : at + 78] for at in range(0, 300, 78)),
    "log": "\n".join([LOG_LINE * 3] * 40),
    "short_log": "\n".join([LOG_LINE] * 40),
    "source_code": "\n".join([CODE_LINE, "    return sum(values)", ""] * 20),
    "quoted_banner": f'BANNERS = (\n"{BANNER}",\n)\n' + "\n".join(map(abstract, range(3))),
    "banner_in_source_code": "\n".join([CODE_LINE, BANNER, '"""', CODE_LINE * 3, CODE_LINE]),
    "news": "\n".join(line for _ in range(8) for line in ("Buses Late Again", SENTENCE * 3)),
    "news_in_blocks": "\n\n".join(line for _ in range(8) for line in ("Late", SENTENCE * 3)),
    "pairs_without_the_site": "\n".join(line for pair in pairs(4) for line in pair),
    "csv": "\n".join(f"{n},{n * 7},{abstract(n)}" for n in range(3)) + "\nid,score,text",
    "json": '{"title": "' + title(1) + '", "abstract": "' + abstract(1) + '"}',
    "html": "<html><body><p>" + abstract(1) + "</p></body></html>",
    "markdown_list": "\n".join("- " + abstract(n) for n in range(4)),
    "paper_with_headings": "\n".join(["1 Introduction", abstract(1), "2 Methods", abstract(2)]),
    "half_essay": "\n".join([abstract(1), SENTENCE * 4, abstract(2), SENTENCE * 5]),
    "digits": "\n".join(["1 2 3 4 5 6 7 8 9 0 " * 12] * 5),
    "bare_banner": f"new\n\n{BANNER}\n\nSubscribe\n",
    "titles_only": "\n\n".join([BANNER, "Subscribe", *map(title, range(10))]),
    "title_missing_in_the_middle": blocks_page([*pairs(2), (abstract(3), title(4)), *pairs(2)]),
    "abstract_missing_at_the_end": blocks_page(pairs(3), tail=[title(3)]),
    "abstract_in_two_paragraphs": blocks_page([(title(1), abstract(1) + "\n\n" + abstract(2))]),
    "papers_before_the_banner": "\n".join([abstract(1), BANNER, "Subscribe", *pairs(1)[0]]),
    "title_with_a_full_stop": blocks_page([("Tides, at last.", abstract(1))]),
    "title_of_201_characters": blocks_page([("T" * 201, abstract(1))]),
    "unknown_closing_line": blocks_page(pairs(2), tail=["Cookie settings"]),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused_with_what_was_tried(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        reading(NEAR_MISSES[name])
    assert caught.value.reason == "unknown_layout"
    form = capture(NEAR_MISSES[name].encode()).form
    tried = caught.value.detail.partition("; tried ")[2]
    assert tried.count(": ") >= sum(layout.form is form for layout in LAYOUTS)


def test_what_was_tried_tells_nothing_of_the_text() -> None:
    with pytest.raises(Rejected) as caught:
        reading(blocks_page([*pairs(2), ("Zanzibar clockworks.", abstract(1))]))
    assert "line 21" in caught.value.detail
    assert "Zanzibar" not in caught.value.detail
