"""Every fixture page: read as expected, by one layout alone, whatever does not matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from services.common.identity import wording_id
from services.ingest.capture import capture
from services.ingest.layouts.layout import Listing, Match
from services.ingest.layouts.table import LAYOUTS
from services.ingest.reading import Reading, read
from services.ingest.settings import IngestSection
from tests.unit.ingest import shared_paper

PAGES = Path(__file__).parents[2] / "pages"
WITHOUT_TITLES = "abstract_lines"


@dataclass(frozen=True)
class Fixture:
    """A page and what is to be read off it."""

    name: str
    body: bytes
    expected: dict[str, Any]

    @property
    def captured_at(self) -> datetime:
        return datetime.fromisoformat(self.expected["captured_at"])

    def read(self, body: bytes | None = None) -> Reading:
        """Read it, or what became of it."""
        changed = self.body if body is None else body
        return read(changed, limits=IngestSection(), captured_at=self.captured_at)


def _fixtures() -> Iterator[Fixture]:
    for file in sorted(PAGES.glob("*/*")):
        if file.suffix != ".expected":
            name = f"{file.parent.name}/{file.name}"
            expected = json.loads(file.with_suffix(".expected").read_text())
            yield Fixture(name, file.read_bytes(), expected)


FIXTURES = tuple(_fixtures())


def plain(value: object) -> Any:
    """Give a field as JSON has it."""
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case tuple():
            return [plain(each) for each in value]
    return value


@pytest.fixture(params=FIXTURES, ids=[fixture.name for fixture in FIXTURES])
def fixture(request: pytest.FixtureRequest) -> Fixture:
    found: Fixture = request.param
    return found


def test_a_page_is_read_as_expected(fixture: Fixture) -> None:
    reading, expected = fixture.read(), fixture.expected
    listing = reading.listing
    assert reading.layout == expected["layout"]
    assert sorted(reading.flags) == sorted(expected["flags"])
    assert listing.declared == expected["declared"]
    assert len(listing.bad_items) == expected.get("bad_items", 0)
    assert listing.date_label == expected.get("date_label", listing.date_label)
    found = [{name: plain(each) for name, each in asdict(one).items()} for one in listing.papers]
    compared = [
        {name: one.get(name) for name in wanted}
        for one, wanted in zip(found, expected["papers"], strict=False)
    ]
    assert compared == expected["papers"]
    assert len(found) == len(expected["papers"])


def test_one_layout_alone_claims_a_page(fixture: Fixture) -> None:
    page = capture(fixture.body, captured_at=fixture.captured_at)
    claims = [one for one in LAYOUTS if isinstance(one.answer(page), Match)]
    specific = [one.name for one in claims if not one.generic]
    assert (specific or [one.name for one in claims]) == [fixture.expected["layout"]]


@pytest.mark.parametrize("layout", [one.name for one in LAYOUTS])
def test_a_layout_has_two_pages_or_more(layout: str) -> None:
    assert sum(fixture.expected["layout"] == layout for fixture in FIXTURES) >= 2


def test_the_same_paper_has_one_wording_id_in_every_layout_that_carries_abstracts() -> None:
    carrying = {
        fixture.expected["layout"]
        for fixture in FIXTURES
        if any(one.abstract and one.title for one in fixture.read().listing.papers)
    }
    sharing = {
        fixture.expected["layout"]
        for fixture in FIXTURES
        for one in fixture.read().listing.papers
        if wording_id(one.title, one.abstract) == shared_paper.WORDING_ID
    }
    assert sharing == carrying


def test_the_shared_paper_is_one_as_its_authors_and_as_sites_write_it() -> None:
    texts = (
        (shared_paper.SITE_TITLE, shared_paper.SITE_ABSTRACT),
        (shared_paper.TITLE, shared_paper.ARXIV_ABSTRACT),
        (shared_paper.SITE_TITLE.upper(), shared_paper.ABSTRACT),
    )
    assert {wording_id(*text) for text in texts} == {shared_paper.WORDING_ID}


def test_a_listing_that_is_handed_over_is_what_parsing_gives(fixture: Fixture) -> None:
    page = capture(fixture.body, captured_at=fixture.captured_at)
    for layout in LAYOUTS:
        match layout.answer(page):
            case Match(listing=Listing() as handed):
                assert handed == layout.parse(page), layout.name
