"""A short form of ``make fuzz``: fixture pages with random edits, read by every layout.

Whatever the edits, a page is read or refused, and what is read can be written and shown.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.layouts.table import LAYOUTS
from tests.fuzz import corpus
from tests.fuzz.target import ALL, target

MOST_BYTES = 40_000


class Edit(NamedTuple):
    """One change: ``at`` and ``length`` are shares of the page, ``token`` what is put there."""

    kind: str
    at: float
    length: float
    token: bytes

    def applied(self, body: bytes) -> bytes:
        start = int(self.at * len(body))
        end = start + int(self.length * self.length * (len(body) - start))
        match self.kind:
            case "drop":
                return body[:start] + body[end:]
            case "repeat":
                return body[:end] + body[start:]
            case "swap":
                return body[:start] + body[end:] + body[start:end]
            case "cut":
                return body[:start]
        return body[:start] + self.token + body[end if self.kind == "replace" else start :]


share = st.floats(0, 1, exclude_max=True)
edits = st.lists(
    st.builds(
        Edit,
        st.sampled_from(("insert", "replace", "drop", "repeat", "swap", "cut")),
        share,
        share,
        st.one_of(st.sampled_from(corpus.TOKENS), st.binary(max_size=6)),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("name", [*(layout.name for layout in LAYOUTS), ALL])
def test_whatever_becomes_of_a_page_it_is_read_or_refused(name: str) -> None:
    pages = corpus.pages(None if name == ALL else name)
    read = target(name)

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(pages)), edits)
    def check(page: str, changes: list[Edit]) -> None:
        read(reduce(lambda body, edit: edit.applied(body), changes, pages[page])[:MOST_BYTES])

    check()
