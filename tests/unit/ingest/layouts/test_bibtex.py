"""BibTeX: which pages are a list of entries, what a macro may stand for, and what is bounded."""

from __future__ import annotations

import logging
import time
from datetime import UTC, date, datetime

import pytest

from services.ingest.capture import capture
from services.ingest.layouts import bibtex
from services.ingest.layouts.layout import ListedPaper, Listing, Match
from services.ingest.parts.bibtex_values import Macros

WHEN = datetime(2031, 3, 5, tzinfo=UTC)
ENTRY = "@article{key,\n title = {Sundials of the Fens},\n year = 2031\n}\n"


def answers(page: str) -> bool:
    return isinstance(bibtex.LAYOUT.answer(capture(page.encode())), Match)


def listing(page: str) -> Listing:
    return bibtex.parse(capture(page.encode(), captured_at=WHEN))


def only(fields: str) -> ListedPaper:
    (paper,) = listing(f"@article{{key, title = {{Sundials}}, {fields}}}").papers
    return paper


@pytest.mark.parametrize(
    "page",
    [
        "Cite this as:\n" + ENTRY,
        "```bibtex\n" + ENTRY + "```",
        "@app.route('/x')\ndef page(title = 'x'):\n    return '''\n" + ENTRY + "'''",
        "@task(db,\n  retry = 3)\ndef run(title = 'x'):\n    pass",
        "@media{a:b}\n.title = 1",
        "@ada you said title = {yes}",
        "@proceedings{wall,\n title = {Proceedings of Walls}\n}\n",
        "@string{wall = {Walls}}\n",
        "@article{key,\n author = {Ada Wren}\n}\n",
        "@article{key,\n tit",
        "% " + ENTRY,
    ],
)
def test_a_page_that_only_quotes_an_entry_or_has_no_title_is_not_recognised(page: str) -> None:
    assert not answers(page)


@pytest.mark.parametrize(
    "page",
    [
        ENTRY,
        "\n% made by a program\n\n" + ENTRY,
        "@string{wall = {Walls}}\n@comment{x}\n" + ENTRY,
        ENTRY.replace("\n", "\r\n"),
        ENTRY.replace("\n", "\r"),
        '@Article {10.1016/S0140(20)1,\n\n\tTITLE="Sundials"}',
        ENTRY + "@article(key2, title = {In Parentheses})",
    ],
)
def test_a_page_that_begins_with_a_block_and_has_an_entry_with_a_title_is_recognised(
    page: str,
) -> None:
    assert answers(page)
    assert listing(page).papers
    assert not listing(page).bad_items


@pytest.mark.parametrize(
    ("fields", "arxiv_id"),
    [
        ("eprint = {2903.01234v2}", "2903.01234"),
        ("eprint = {2903.01234}, archivePrefix = {arXiv}", "2903.01234"),
        ("eprint = {2903.01234}, eprinttype = {hal}", None),
        ("journal = {arXiv preprint arXiv:2903.01234}", "2903.01234"),
        ("journal = {CoRR}, volume = {abs/2903.01234}", "2903.01234"),
        ("journal = {Nature}, volume = {2903.01234}", None),
        ("url = {https://arxiv.org/abs/2903.01234}", "2903.01234"),
        ("doi = {10.48550/arXiv.2903.01234}", "2903.01234"),
        ("note = {arXiv:2903.01234}, abstract = {See arXiv:2903.01234.}", None),
    ],
)
def test_only_fields_that_name_the_entry_give_its_arxiv_id(
    fields: str, arxiv_id: str | None
) -> None:
    assert only(fields).arxiv_id == arxiv_id


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ("date = {2031-02-03}", date(2031, 2, 3)),
        ("year = 2031, month = feb, day = 3", date(2031, 2, 3)),
        ("year = {2031}, month = {February}, day = {03}", date(2031, 2, 3)),
        ("year = {2031}, month = {2}, day = {3}", date(2031, 2, 3)),
        ("year = 2031, month = feb", None),
        ("year = 2031", None),
        ("date = {2031-02}", None),
        ("date = {2099-02-03}", None),
        ("year = 2031, month = feb, day = 30", None),
    ],
)
def test_a_date_is_a_day(fields: str, day: date | None) -> None:
    assert only(fields).published == day


@pytest.mark.parametrize(
    ("names", "authors"),
    [
        ("Wren, Ada and Per Lund", ("Ada Wren", "Per Lund")),
        ("{Wren and Lund, Inc.} AND Okafor, Chidi", ("Wren and Lund, Inc.", "Chidi Okafor")),
        ("de la Cruz, Jr., Ana\n   and others", ("Ana de la Cruz Jr.",)),
        (r"L{\"o}we, {\'E}va", ("Éva Löwe",)),
        ("", ()),
    ],
)
def test_authors_are_given_first_name_first(names: str, authors: tuple[str, ...]) -> None:
    assert only(f"author = {{{names}}}").authors == authors


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{A}", "A"),
        ('"A"', "A"),
        ("2031", "2031"),
        ("tide", "Tides"),
        ("TIDE # { and } # tide", "Tides and Tides"),
        ('{a # b} # "{"}#{"}"', 'a # b{"}#{"}'),
        ("sea", None),
        ("{A} # sea", None),
        ("{A} #", None),
        ("", None),
        ("{", None),
        ("feb", "feb"),
    ],
)
def test_a_value_is_joined_from_its_parts(value: str, text: str | None) -> None:
    macros = Macros(most_characters=100)
    macros.define("Tide", "{Tides}")
    macros.define("lost", "sea")
    assert macros.text(value) == text


def test_macros_cannot_stand_for_more_text_than_the_page_has() -> None:
    doubled = [f"@string{{m{n + 1} = m{n} # m{n}}}" for n in range(60)]
    used = [f"@article{{k{n}, title = m{n}, abstract = m60}}" for n in range(60)]
    page = "\n".join(["@string{m0 = {tides }}", *doubled, *used])
    texts = [paper.title or "" for paper in listing(page).papers]
    assert texts[0] == "tides"
    assert sum(map(len, texts)) <= len(page)


@pytest.mark.parametrize("unit", ["@a{", "\n@a{", "@a{}", "\n@a(k, "])
def test_a_page_of_nothing_but_blocks_is_not_tried(unit: str) -> None:
    page = ENTRY + unit * 100_000
    started = time.process_time()
    assert not answers(page)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("unit", ["{", "{}", ",", "=", '"', "\n", " ", "a=1,", "@", "\\", "# "])
def test_the_work_grows_with_the_page_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        page = capture((ENTRY + "@article{k, title = {" + unit * length).encode())
        started = time.process_time()
        bibtex.LAYOUT.answer(page)
        bibtex.parse(page)
        return time.process_time() - started

    assert min(seconds(40_000) for _ in range(3)) < 0.05 + 8 * max(seconds(10_000), 0.001)


def test_nothing_of_a_damaged_page_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = listing(ENTRY + "@article{b, title = {Zanzibar\n@article{c, Zanzibar}")
    assert [bad.number for bad in found.bad_items] == [5, 6]
    assert "Zanzibar" in found.bad_items[0].content
    assert "Zanzibar" not in caplog.text
