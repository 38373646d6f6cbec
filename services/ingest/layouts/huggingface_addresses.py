"""Hugging Face Papers as text with the address of each link on a line below its words.

A paper's address stands below its title and again below its abstract, so it ends both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ingest import clean
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import arxiv_id
from services.ingest.layouts.layout import (
    ABSTRACT_TRUNCATED,
    PARTIAL,
    Answer,
    Layout,
    ListedPaper,
    Listing,
    Match,
    Mismatch,
)
from services.ingest.lines import SHORT_ABSTRACT_LEAST, may_be_abstract, may_be_title
from services.ingest.parts import boilerplate, huggingface_items, remarks

_ADDRESS = re.compile(r"https?://\S+")
_SITE = re.compile(r"https?://(?:www\.)?huggingface\.co/")


@dataclass(frozen=True, slots=True)
class Link:
    """Paragraphs and the address below them; None for what stands below the last address."""

    words: tuple[str, ...]
    address: str | None


def recognise(capture: Capture) -> Answer:
    """Look for the site's banner, then for titles that stand above a paper's address."""
    lines = boilerplate.below_banner(capture.lines)
    if not lines:
        return Mismatch("no line is the banner of Hugging Face Papers")
    addresses = (line for line in lines if line.startswith("http"))
    links = list(_links(lines)) if any(map(huggingface_items.name, addresses)) else []
    titles = _titles(links)
    if not titles:
        return Mismatch("below the banner no title stands above a paper's address")
    if any(may_be_abstract(words) for link in links[: titles[0] + 1] for words in link.words):
        return Mismatch("between the banner and the first paper stands more than the site's own")
    reason = f"the site's banner, then {len(titles)} titles above their papers' addresses"
    return Match(reason, _listing(capture, links, titles))


def parse(capture: Capture) -> Listing:
    """Read the papers of a recognised page, each once."""
    links = list(_links(boilerplate.below_banner(capture.lines)))
    return _listing(capture, links, _titles(links))


def _listing(capture: Capture, links: Sequence[Link], titles: Sequence[int]) -> Listing:
    """Give the papers of the links at which a title stands."""
    above = [words for link in links[: titles[0]] for words in link.words]
    trending = boilerplate.ranks_by_trend(above)
    made_at = remarks.made_at(capture.lines, captured_at=capture.captured_at)
    papers: list[ListedPaper] = []
    for at, following in zip(titles, [*titles[1:], len(links)], strict=True):
        below = links[at + 1 : following + 1]
        said = _Said(below, capture.captured_at, made_at, trending)
        papers.append(_listed(links[at], said))
    return Listing(
        tuple(papers),
        flags=(PARTIAL,) if remarks.is_cut(boilerplate.below_banner(capture.lines)) else (),
        date_label=boilerplate.date_label(above),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What follows a title, up to the next, and how to read it."""

    links: Sequence[Link]
    captured_at: datetime
    made_at: datetime
    trending: bool


def _listed(title: Link, said: _Said) -> ListedPaper:
    name = huggingface_items.name(title.address or "") or ""
    text, cut = _abstract(title, said.links[0]) if said.links else (None, False)
    words = [one for link in said.links for one in link.words]
    machines = said.trending or any(map(remarks.is_published_on, words))
    return ListedPaper(
        title=title.words[-1],
        abstract=None if machines else clean.abstract(text),
        arxiv_id=arxiv_id(name),
        addresses=huggingface_items.addresses(name),
        published=remarks.published(words, captured_at=said.captured_at, made_at=said.made_at),
        flags=(ABSTRACT_TRUNCATED,) if cut and not machines else (),
    )


def _abstract(title: Link, following: Link) -> tuple[str | None, bool]:
    """Give the words between a paper's address and its repetition, and whether they were cut."""
    text, cut, _ = " ".join(following.words).partition(remarks.CUT)
    if following.address != title.address and not (cut and following.address is None):
        return None, False
    text = text.rstrip()
    return (text, bool(cut)) if len(text) >= SHORT_ABSTRACT_LEAST else (None, False)


def _titles(links: Sequence[Link]) -> list[int]:
    """Give where a title stands above a paper's address for the first time."""
    found: dict[str, int] = {}
    for at, link in enumerate(links):
        if link.address is None or link.address in found or not link.words:
            continue
        last = link.words[-1]
        leads_to_paper = huggingface_items.name(link.address) is not None
        if leads_to_paper and may_be_title(last) and not remarks.is_remark(last):
            found[link.address] = at
    return list(found.values())


def _links(lines: Sequence[str]) -> Iterator[Link]:
    words: list[str] = []
    for paragraph in _paragraphs(lines):
        if _ADDRESS.fullmatch(paragraph):
            yield Link(tuple(words), paragraph)
            words = []
        else:
            words.append(paragraph)
    yield Link(tuple(words), None)


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines that follow one another as one; an address or a remark is one of its own."""
    paragraph: list[str] = []
    for line in lines:
        if not line or _stands_alone(line, within=bool(paragraph)):
            if paragraph:
                yield " ".join(paragraph)
                paragraph = []
            if line:
                yield line
        else:
            paragraph.append(line)
    if paragraph:
        yield " ".join(paragraph)


def _stands_alone(line: str, *, within: bool) -> bool:
    """Whether a line is no part of a paragraph; another site's address may be a wrapped word."""
    if line.startswith("http") and _ADDRESS.fullmatch(line):
        return not within or _SITE.match(line) is not None
    return line == remarks.CUT or remarks.is_remark(line)


LAYOUT = Layout("huggingface_addresses", Form.TEXT, recognise, parse)
