"""Which layout a page has: every layout is asked, and a doubt is an error, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.errors import Rejected
from services.ingest.capture import Capture
from services.ingest.layouts.layout import Answer, Layout, Listing, Match, Mismatch

_YIELDS = Mismatch("not asked: another layout knows the page by a mark of its site")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one layout says of a page."""

    layout: Layout
    answer: Answer


@dataclass(frozen=True, slots=True)
class Detection:
    """The layout of a page, why, what it lists, and what every layout said."""

    layout: Layout
    reason: str
    listing: Listing
    opinions: tuple[Opinion, ...]


def detect(capture: Capture, layouts: Sequence[Layout]) -> Detection:
    """Find a page's layout and read it.

    Two layouts that claim it must agree on the papers.

    Raises:
        Rejected: ``unknown_layout`` with what each layout missed, or ``ambiguous_layout`` with
            those that claim the page.
    """
    opinions = asked(capture, layouts)
    claimants = _claimants(opinions)
    if not claimants:
        shown = [said for said in opinions if said.layout.form is capture.form]
        tried = "; ".join(f"{said.layout.name}: {said.answer.reason}" for said in shown)
        raise Rejected("unknown_layout", f"{capture.form.value}; tried {tried or 'nothing'}")
    listings = [_listing(said, capture) for said in claimants]
    if any(listing.papers != listings[0].papers for listing in listings):
        names = " and ".join(sorted(said.layout.name for said in claimants))
        raise Rejected("ambiguous_layout", f"{names} read different papers off the page")
    return Detection(claimants[0].layout, claimants[0].answer.reason, listings[0], opinions)


def asked(capture: Capture, layouts: Sequence[Layout]) -> tuple[Opinion, ...]:
    """Give what every layout says of a page.

    A layout that is known by its form alone yields to one that saw a mark of its site.
    """
    marked = [Opinion(each, each.answer(capture)) for each in layouts if not each.generic]
    known = bool(_claimants(marked))
    generic = [each for each in layouts if each.generic]
    others = [Opinion(each, _YIELDS if known else each.answer(capture)) for each in generic]
    return (*marked, *others)


def _claimants(opinions: Sequence[Opinion]) -> Sequence[Opinion]:
    """Give the layouts that match, by name."""
    matches = [said for said in opinions if isinstance(said.answer, Match)]
    return sorted(matches, key=lambda said: said.layout.name)


def _listing(said: Opinion, capture: Capture) -> Listing:
    assert isinstance(said.answer, Match)
    return said.answer.listing or said.layout.parse(capture)
