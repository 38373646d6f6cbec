"""What a layout is: how a page is recognised, and how its papers are read off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.ingest.capture import Capture


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """One paper as listed, its text cleaned and on one line; a title, an abstract or both."""

    title: str | None
    abstract: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page lists.

    Args:
        papers: in the order of the page, repeated ones included.
        declared: how many papers the page says that it lists, or None where it does not say.
        flags: what is to be known of every paper of this page, such as ``partial``.
        date_label: the page's date in its own words, or None.
        ignored_lines: how many lines with text belong to no paper.
    """

    papers: tuple[ListedPaper, ...]
    declared: int | None = None
    flags: tuple[str, ...] = ()
    date_label: str | None = None
    ignored_lines: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """The page has this layout; ``reason`` says by what it was known, without the page's text."""

    reason: str


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
        recognise: says whether the page has this layout, and why.
        parse: reads a page that was recognised.
        generic: known by its form alone, not by a mark of its site; it yields to one that is.
    """

    name: str
    recognise: Callable[[Capture], Answer]
    parse: Callable[[Capture], Listing]
    generic: bool = False
