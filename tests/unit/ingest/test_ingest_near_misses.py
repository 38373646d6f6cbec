"""Pages that list no papers: none may pass for one without a flag that says that it is in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest

from services.common.errors import Rejected
from services.ingest.form import Form
from services.ingest.gate import UNCONFIRMED
from services.ingest.layouts.layout import PARTIAL, Layout, ListedPaper, Listing, Match
from services.ingest.layouts.table import LAYOUTS
from services.ingest.reading import read
from services.ingest.settings import IngestSection
from tests.unit.ingest.near_misses import KINDS, PAGES, NearMiss, near_misses

DOUBTS = frozenset({UNCONFIRMED, PARTIAL})


def outcome(page: NearMiss, layouts: Sequence[Layout] = LAYOUTS) -> tuple[str, str, str]:
    """Give what becomes of a page: refused, empty, flagged or passed, by what, and why."""
    try:
        reading = read(page.body, limits=IngestSection(), layouts=layouts)
    except Rejected as rejected:
        return "refused", rejected.reason, rejected.detail
    if not reading.listing.papers:
        return "empty", reading.layout, reading.reason
    doubts = " ".join(flag for flag in reading.flags if flag in DOUBTS)
    return "flagged" if doubts else "passed", f"{reading.layout} {doubts}".strip(), reading.reason


@cache
def outcomes(kind: str) -> tuple[tuple[NearMiss, tuple[str, str, str]], ...]:
    return tuple((page, outcome(page)) for page in near_misses(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_without_papers_passes_unflagged(kind: str) -> None:
    passed = [
        f"{page}: {layout}: {why}"
        for page, (fate, layout, why) in outcomes(kind)
        if fate == "passed"
    ]
    assert passed == []


def test_a_layout_that_believes_what_is_quoted_would_not_get_past() -> None:
    listing = Listing((ListedPaper("Quoted"),))
    careless = Layout("careless", Form.TEXT, lambda _: Match("a mark"), lambda _: listing)
    page = NearMiss("python_test", 0)
    assert outcome(page, (careless,)) == ("passed", "careless", "a mark")


def test_there_are_a_thousand_and_each_comes_out_the_same() -> None:
    pages = [page for kind in KINDS for page in near_misses(kind)]
    assert len(pages) == PAGES
    bodies = {page.body for page in pages}
    assert len(bodies) == PAGES
    assert bodies == {page.body for page in pages}


def test_what_became_of_them() -> None:
    fates = Counter((fate, by) for kind in KINDS for _, (fate, by, _) in outcomes(kind))
    print()
    for (fate, by), count in sorted(fates.items()):
        print(f"{count:6} {fate} {by}")
    assert sum(fates.values()) == PAGES
    assert sum(count for (fate, _), count in fates.items() if fate == "refused") > PAGES // 2
