"""What arXiv's lists say around their papers."""

from __future__ import annotations

import pytest

from services.common.records import Kind
from services.ingest.parts import arxiv_marks
from services.ingest.parts.arxiv_marks import Heading, heading


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("New submissions (showing 12 of 12 entries)", Heading(True, Kind.NEW, None, 12)),
        ("Cross submissions (showing first 3 of 9 entries)", Heading(True, Kind.CROSS, None, 3)),
        (
            "Replacement submissions (continued, showing last 19 of 119 entries)",
            Heading(True, Kind.REPLACE, None, 19),
        ),
        (
            "New submissions for Friday, 24 April 2026 (showing 2 of 2 entries )",
            Heading(True, Kind.NEW, "Friday, 24 April 2026", 2),
        ),
        ("Cross-lists for Fri, 5 Jan 24", Heading(True, Kind.CROSS, "Fri, 5 Jan 24")),
        ("Replacements for Fri, 5 Jan 24", Heading(True, Kind.REPLACE, "Fri, 5 Jan 24")),
        (
            "Fri, 28 Aug 2026 (showing first 50 of 157 entries )",
            Heading(True, None, "Fri, 28 Aug 2026", 50),
        ),
        (
            "Thu, 3 Feb 2011 (continued, showing last 1 of 2 entries )",
            Heading(True, None, "Thu, 3 Feb 2011", 1),
        ),
        ("Thu, 3 Feb 2011", Heading(True, None, "Thu, 3 Feb 2011")),
        (
            "Showing new listings for Wednesday, 9 September 2026",
            Heading(False, None, "Wednesday, 9 September 2026"),
        ),
        (
            "Catchup results for Sound on Fri, 24 Apr 2026",
            Heading(False, None, "Fri, 24 Apr 2026"),
        ),
        ("New submissions", Heading(True, Kind.NEW)),
        ("New submissions are listed (showing 2 of 2 entries)", None),
        ("Authors and titles for recent submissions", None),
        ("Friday, on a hill", None),
        ("", None),
    ],
)
def test_a_heading_is_read_as_a_whole_or_not_at_all(line: str, expected: Heading | None) -> None:
    assert heading(line) == expected


PAGED = "Total of 559 entries : 1-50 51-100 101-150 ... 551-559"


@pytest.mark.parametrize(
    ("shown", "paging", "first", "expected"),
    [
        ([50, None, 3], PAGED, 1, 53),
        ([], PAGED, 1, 50),
        ([], PAGED, 551, 9),
        ([], PAGED, 201, None),
        ([], PAGED, None, None),
        ([], "Total of 7 entries", 1, 7),
        ([], "[ total of 212 entries: 1-25 | 26-50 | 201-212 ]", 26, 25),
        ([], "Showing up to 50 entries per page", 1, None),
        ([None], "", 1, None),
    ],
)
def test_a_page_declares_what_it_shows_and_not_what_the_list_has(
    shown: list[int | None], paging: str, first: int | None, expected: int | None
) -> None:
    headings = [Heading(True, shown=count) for count in shown]
    assert arxiv_marks.declared(headings, paging=paging, first=first) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Aditi Rao , Nick Poole", ["Aditi Rao", "Nick Poole"]),
        ("A. Rao (1), B. Poole (2) ((1) Pune, (2) Hull, UK)", ["A. Rao", "B. Poole"]),
        ("The Gauge Collaboration: A. Rao, et al.", ["The Gauge Collaboration", "A. Rao"]),
        ("(author list is unavailable)", []),
        ("", []),
    ],
)
def test_brackets_beside_names_are_no_names(line: str, expected: list[str]) -> None:
    assert arxiv_marks.names(line) == expected
