"""Whether what a generic list or feed holds are papers: any blog is a feed, any export a list."""

from __future__ import annotations

from collections.abc import Sequence

from services.ingest.layouts.layout import Answer, ListedPaper, Match, Mismatch
from services.ingest.lines import TITLE_MOST
from services.ingest.links import is_paper_address
from services.ingest.prose import reads_like_an_abstract

UNCONFIRMED = "unconfirmed"
"""Of a page: only the words of its items say that they are papers."""

ABSTRACT_LEAST = 165
"""Characters of the shortest abstract among 9,581 listed papers."""


def gate(papers: Sequence[ListedPaper]) -> Answer:
    """Let a generic page pass if half of its items, or more, are known or look like papers."""
    known = sum(map(is_known, papers))
    if papers and 2 * known >= len(papers):
        return Match(f"{known} of {len(papers)} items have an identifier or a paper's address")
    likely = known + sum(not is_known(paper) and looks_like_one(paper) for paper in papers)
    if papers and 2 * likely >= len(papers):
        return Match(f"{likely} of {len(papers)} items read like a title and an abstract")
    return Mismatch(f"{likely} of {len(papers)} items look like papers, fewer than half")


def gate_flags(papers: Sequence[ListedPaper]) -> tuple[str, ...]:
    """Give the flag of a page that passed by its words alone."""
    return () if 2 * sum(map(is_known, papers)) >= len(papers) else (UNCONFIRMED,)


def is_known(paper: ListedPaper) -> bool:
    """Whether an identifier or a link says that an item is a paper."""
    return bool(paper.arxiv_id or paper.doi or any(map(is_paper_address, paper.addresses)))


def looks_like_one(paper: ListedPaper) -> bool:
    """Whether the words of an item could be a paper's."""
    title, abstract = paper.title or "", paper.abstract or ""
    return (
        0 < len(title) <= TITLE_MOST
        and len(abstract) >= ABSTRACT_LEAST
        and reads_like_an_abstract(abstract)
    )
