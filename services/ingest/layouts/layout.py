"""What a layout is: how a page is recognised, and how its papers are read off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from services.common.records import Kind
from services.ingest.capture import Capture
from services.ingest.form import Form

PARTIAL = "partial"
"""Of a page: it lists another number of papers than it declares, or was cut."""

ABSTRACT_TRUNCATED = "abstract_truncated"
"""Of a paper: its site or its saver cut the abstract, in a way that its text does not show."""

RETRACTED = "retracted"
"""Of a paper: it was taken back after it had appeared."""


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """One paper as listed, its texts cleaned and each on one line; a title, an abstract or both.

    Args:
        title: None where the page gives none.
        abstract: the authors' own; a summary by somebody else is none.
        authors: as written, first name first where the page tells.
        arxiv_id: without version.
        doi: in lower case.
        addresses: of the paper itself, from the listing's own link fields.
        more_addresses: of code, data or a project's page, from fields or mark-up of the listing.
        published: when the paper first appeared, where the page says so.
        kind: what the listing says of the paper.
        flags: what is to be known of this paper, such as ``RETRACTED``.
    """

    title: str | None
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    arxiv_id: str | None = None
    doi: str | None = None
    addresses: tuple[str, ...] = ()
    more_addresses: tuple[str, ...] = ()
    published: date | None = None
    kind: Kind | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadItem:
    """One item of a page that cannot be read while the others can: a dead letter of its own.

    Args:
        number: of the line or item, from 1.
        content: the item as it stands on the page.
        detail: what is wrong with it, without its text.
    """

    number: int
    content: str
    detail: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page lists; no papers where it says that there are none.

    Args:
        papers: in the order of the page, repeated ones included.
        declared: how many papers the page says that it lists, or None where it does not say.
        flags: what is to be known of every paper of this page, such as ``partial``.
        date_label: the page's date in its own words, or None.
        ignored_lines: how many lines with text belong to no paper.
        bad_items: what could not be read.
    """

    papers: tuple[ListedPaper, ...]
    declared: int | None = None
    flags: tuple[str, ...] = ()
    date_label: str | None = None
    ignored_lines: int = 0
    bad_items: tuple[BadItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The page has this layout.

    Args:
        reason: by what it was known, without the page's text.
        listing: of a layout that had to read the page to recognise it, so that nobody reads again.
    """

    reason: str
    listing: Listing | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The page has another layout; ``reason`` says what is missing, without the page's text."""

    reason: str


Answer = Match | Mismatch


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which pages list papers.

    Args:
        name: stable, of low cardinality; it is on every paper and on metrics.
        form: what its pages are made of; a page of another form is not shown to it.
        recognise: says whether the page has this layout, and why.
        parse: reads a page that was recognised, whether or not its ``Match`` holds the listing.
        generic: known by its form alone, not by a mark of its site; it yields to one that is.
    """

    name: str
    form: Form
    recognise: Callable[[Capture], Answer]
    parse: Callable[[Capture], Listing]
    generic: bool = False

    def answer(self, capture: Capture) -> Answer:
        """Say whether the page has this layout, and why."""
        if capture.form is not self.form:
            return Mismatch(f"the page is {capture.form.value}, not {self.form.value}")
        return self.recognise(capture)
