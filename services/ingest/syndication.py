"""A feed of any kind as feedparser reads it, well formed or not. Nothing is fetched."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import feedparser

# The text is decoded, whatever its XML declaration says.
_HEADERS = {"content-type": "application/xml; charset=utf-8"}

# What it raises on feeds that no program wrote: a place without coordinates, a reference to a
# character that there is not.
_FAILURES = (
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's entries, each a mapping of feedparser's names, and the feed's own fields."""

    entries: Sequence[Mapping[str, Any]]
    channel: Mapping[str, Any]


def feed(text: str) -> Feed | None:
    """Read a feed, or give None for one that feedparser fails on.

    Mark-up stays as written: it is shown to nobody and stripped by who reads it. The text is given
    as a stream, because feedparser opens a name of a file, and fetches an address. Its lines are
    joined: a parser reports each of them, and a page of nothing else would take seconds.
    """
    body = text.strip().replace("\r", " ").replace("\n", " ").encode()
    try:
        found = feedparser.parse(
            io.BytesIO(body),
            response_headers=_HEADERS,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _FAILURES:
        return None
    # Its own mappings answer for names that are not there, with a warning.
    return Feed([dict(entry) for entry in found.entries], dict(found.feed))
