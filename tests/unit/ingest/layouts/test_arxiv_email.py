"""arXiv's digest by e-mail: what a mail may do to it, and texts that only quote one."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from services.common.records import Kind
from services.ingest.capture import Capture
from services.ingest.layouts.arxiv_email import LAYOUT
from services.ingest.layouts.layout import ABSTRACT_TRUNCATED, PARTIAL, Listing, Match, Mismatch

RULE = "-" * 78
SUBJECT = "Subject: cs daily 2 new + 1 cross received"
HEAD = f"Date: Thu, 3 Sep 26 00:20:41 GMT\n{SUBJECT}\n\n{RULE}\n"
PAGES = Path(__file__).parents[3] / "pages" / "arxiv_email"
DAILY = (PAGES / "daily.txt").read_text()
FORWARDED = (PAGES / "forwarded.txt").read_text()


def item(number: int = 0, mark: str = "", date: str = "Date: Wed, 2 Sep 2026 06:11:30 GMT") -> str:
    return (
        f"\\\\\narXiv:2609.0123{number}{mark}\n{date}   (8kb)\n\nTitle: Sand {number}\n"
        "Authors: Ada Berg\nCategories: cs.SD\n\\\\\n  It moves. We show by how much and why.\n"
        f"\\\\ ( https://arxiv.org/abs/2609.0123{number} ,  8kb)\n{RULE}\n"
    )


REPLACED = (
    "\\\\\narXiv:2603.04410\nreplaced with revised version Wed, 2 Sep 2026 10:10:10 GMT   (5kb)\n\n"
    "Title: Lichens\nAuthors: Ottilie Fern\n\\\\ ( https://arxiv.org/abs/2603.04410 ,  5kb)\n"
)
CROSS = item(1, " (*cross-listing*)")


def parsed(page: str) -> Listing:
    capture = Capture(page)
    assert isinstance(LAYOUT.answer(capture), Match)
    return LAYOUT.parse(capture)


def wrapped(page: str) -> str:
    return "\n".join(
        piece for line in page.split("\n") for piece in textwrap.wrap(line, 80) or [line]
    )


DISTURBANCES: dict[str, Callable[[str], str]] = {
    "crlf": lambda page: page.replace("\n", "\r\n"),
    "cr": lambda page: page.replace("\n", "\r"),
    "trailing_spaces": lambda page: page.replace("\n", "  \t\n"),
    "doubled_blank_lines": lambda page: page.replace("\n\n", "\n\n\n"),
    "no_blank_lines": lambda page: page.replace("\n\n", "\n"),
    "tabs": lambda page: page.replace(" ", "\t"),
    "doubled_spaces": lambda page: page.replace(" ", "  "),
    "no_break_spaces": lambda page: page.replace(" ", "\u00a0"),
    "zero_width_spaces": lambda page: page.replace("e", "\u200be"),
    "blank_lines_around": lambda page: f"\n \n{page}\n\n",
    "no_rules": lambda page: page.replace(f"\n{RULE}\n", "\n"),
    "no_last_newline": lambda page: page.rstrip("\n"),
    "wrapped_at_80_columns": wrapped,
    "quoted": lambda page: "Seen this?\n\n> " + page.replace("\n", "\n> "),
    "quoted_twice": lambda page: ">> " + page.replace("\n", "\n>> "),
    "begins_at_an_item": lambda page: page[page.index("\\\\") :],
    "in_a_mailbox": lambda page: "From arxiv Thu Sep  3 00:20:41 2026\nX-Id: 1\n" + page,
}


@pytest.mark.parametrize("disturb", DISTURBANCES.values(), ids=DISTURBANCES)
def test_how_a_mail_was_saved_changes_no_paper(disturb: Callable[[str], str]) -> None:
    expected = [(one.title, one.abstract, one.authors) for one in parsed(DAILY).papers]
    found = parsed(disturb(DAILY)).papers
    assert [(one.title, one.abstract, one.authors) for one in found] == expected


CODE = "\n".join(["", "def test_a_digest() -> None:", "    assert parse(DIGEST)"] * 50)
NEAR_MISSES = {
    "source_code": f'"""Tests."""\n\nDIGEST = r"""\n{HEAD}{item()}"""\n',
    "source_code_that_is_indented": "data:\n" + textwrap.indent(HEAD + item(), "    "),
    "article": f"How arXiv's mails are made\n\nAn item is:\n\n{item()}\nThat is all.",
    "article_with_a_colon": f"Note: an item is\n{item()}{CODE}",
    "tex": "\\\\\n\\section{Sand}\n\\\\\nTitle: Sand\n",
    "bibliography": "\\\\\narXiv:2609.01234\n\\\\\narXiv:2609.01235\n",
    "head_alone": f"{HEAD} received from  Tue  1 Sep 26  to  Wed  2 Sep 26\n{RULE}\n",
    "no_id": f"{HEAD}\\\\\nTitle: Sand\nAuthors: Ada Berg\n\\\\\n  It moves.\n",
    "markdown": f"# Mails\n\n```\n{item()}```\n",
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_refused(name: str) -> None:
    assert isinstance(LAYOUT.answer(Capture(NEAR_MISSES[name])), Mismatch)


@pytest.mark.parametrize(
    ("subject", "items", "declared"),
    [
        ("cs daily 2 new + 1 cross received", [item(), item(2), CROSS], 3),
        ("cs daily 2 new + 1 crosses received", [item(), item(2), CROSS, REPLACED], 4),
        ("cs daily 2 new + 1 cross received", [item(), CROSS, REPLACED], 4),
        ("cs daily 2 new received", [item(), item(2), REPLACED], 3),
        ("cs daily 2 new + crosses received", [item(), item(2), CROSS], None),
        ("Fwd: cs daily 1 new received", [item()], 1),
        ("cs daily Subj-class mailing: 80 1", [item()], None),
        ("9 new ways to move sand", [item()], None),
    ],
)
def test_the_subject_counts_new_and_crosses_never_what_was_replaced(
    subject: str, items: list[str], declared: int | None
) -> None:
    page = f"From: arXiv\nSubject: {subject}\n{RULE}\n{''.join(items)}"
    if "ways" in subject:
        page = page.replace("Subject", "Keywords")
    assert parsed(page).declared == declared


def test_two_mails_on_a_page_declare_nothing() -> None:
    other = HEAD.replace("2 new", "5 new")
    assert parsed(HEAD + item() + other + item(2)).declared is None


def test_the_kind_is_told_by_an_items_own_mark() -> None:
    kinds = [one.kind for one in parsed(HEAD + item() + CROSS + REPLACED + item(3)).papers]
    assert kinds == [Kind.NEW, Kind.CROSS, Kind.REPLACE, Kind.NEW]


def test_a_list_that_is_not_of_a_day_says_nothing_of_what_is_new() -> None:
    assert [one.kind for one in parsed(item() + CROSS).papers] == [None, Kind.CROSS]


def test_the_one_day_of_a_page_is_its_date() -> None:
    day = "\\\\\n/* Tue, 1 Sep 2026 */\n"
    assert parsed(day + item()).date_label == "Tue, 1 Sep 2026"
    assert parsed(day + item() + day.replace("1", "2") + item(2)).date_label is None


@pytest.mark.parametrize(
    "end", [len("It moves. We"), len("It moves. We show by how much and why.\n")]
)
def test_a_mail_that_was_cut_says_so(end: int) -> None:
    page = HEAD + item() + item(2)
    listing = parsed(page[: page.rindex("It moves") + end])
    assert listing.flags == (PARTIAL,)
    assert [one.flags for one in listing.papers] == [(), (ABSTRACT_TRUNCATED,)]


def test_a_mail_that_was_cut_in_a_head_has_no_cut_abstract() -> None:
    page = HEAD + item() + item(2)
    listing = parsed(page[: page.rindex("Categories")])
    assert listing.flags == (PARTIAL,)
    assert [one.flags for one in listing.papers] == [(), ()]


def test_an_item_without_texts_is_a_bad_item() -> None:
    empty = f"\\\\\narXiv:2609.09999\nDate: Wed, 2 Sep 2026 06:11:30 GMT\n\\\\\n{RULE}\n"
    listing = parsed(HEAD + item() + empty)
    assert [(bad.number, "2609.09999" in bad.content) for bad in listing.bad_items] == [(2, True)]


def test_broken_rules_tell_quoted_printable_without_a_header() -> None:
    page = (HEAD + item().replace("why", "why=3F Ros=E9")).replace(RULE, f"{RULE[:75]}=\n---")
    assert parsed(page).papers[0].abstract == "It moves. We show by how much and why? Ros\u00e9."


@pytest.mark.parametrize("end", ["\n", "\r\n", " \t\n"])
def test_a_forwarded_mail_is_decoded_however_its_lines_end(end: str) -> None:
    expected, found = parsed(FORWARDED), parsed(FORWARDED.replace("\n", end))
    assert found.papers == expected.papers


def test_an_equals_sign_is_no_quoted_printable_in_a_plain_mail() -> None:
    page = HEAD + item().replace("why", "p=3D")
    assert parsed(page).papers[0].abstract == "It moves. We show by how much and p=3D."


def test_senders_addresses_are_dropped() -> None:
    page = HEAD + item().replace("Date: Wed", "From: Ada <ada@sand.example>\nDate: Wed")
    assert "ada@sand.example" not in repr(parsed(page))
