"""Invented papers and pages in each text layout, and a page record as Kafka gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.outcomes import Headers
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.layouts.layout import Answer, Layout, Listing, Match, Mismatch

BANNER = "Get trending papers in your email inbox!"
LONG_BANNER = "Get trending papers in your email inbox once a day!"

Pair = tuple[str, str]

_SUBJECTS = ("kelp", "looms", "tram bells", "peat", "sundials", "gannets", "clay ovens", "fjords")


def title(number: int) -> str:
    return f"What {number} Winters Tell Us About {_SUBJECTS[number % 8].title()}"


def abstract(number: int) -> str:
    subject = _SUBJECTS[number % 8]
    return (
        f"The way in which {subject} respond to cold has been described often and measured rarely. "
        f"We recorded {subject} at {number + 3} sites and propose a model with two parameters. "
        f"The results show that a warm spell of {number + 2} days is enough to explain most of the "
        f"variance, and experiments with a cooled room confirm it for {number + 11} samples."
    )


def pairs(count: int) -> list[Pair]:
    return [(title(number), abstract(number)) for number in range(count)]


def blocks_page(listed: Sequence[Pair], *, date: str = "Oct 9", tail: Sequence[str] = ()) -> str:
    head = ["", "new", BANNER, "Subscribe", "byAK and the research community", date]
    body = [line for pair in listed for line in pair]
    return "\n\n".join([*head, *body, *tail]) + "\n"


def lines_page(listed: Sequence[Pair]) -> str:
    body = [line for pair in listed for line in pair]
    return "\n".join([LONG_BANNER, BANNER, "Subscribe" + body[0], *body[1:]]) + "\n"


def abstracts_page(count: int, *, noise: str | None = None) -> str:
    body = [abstract(number) for number in range(count)]
    return "\n".join(body if noise is None else [body[0], noise, *body[1:]]) + "\n"


EMPTY_PAGE = b"No papers were announced today.\n"


def _says_that_it_is_empty(page: Capture) -> Answer:
    empty = page.text.encode() == EMPTY_PAGE
    return Match("it says so") if empty else Mismatch("it does not say so")


EMPTY_LAYOUT = Layout(
    "invented_empty", Form.TEXT, _says_that_it_is_empty, lambda _: Listing(papers=())
)
"""The layout of a page that lists nothing and says so."""


@dataclass(frozen=True)
class PageRecord:
    """A record of the pages topic."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    topic: str = "listings.pages.v1"
    partition: int = 2
    offset: int = 41
    timestamp: int = 1_700_000_000_123
