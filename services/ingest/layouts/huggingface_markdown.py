"""Hugging Face Papers turned into Markdown: a heading for each paper, most often with its link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

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
from services.ingest.lines import TITLE_MOST
from services.ingest.parts import boilerplate, huggingface_items, remarks
from services.ingest.parts.markdown_cards import Card, cards, summary, without_links

_REPOSITORY = re.compile(r"\[(?:LINK: )?GitHub[^\[\]]{0,20}\]\((https?://[^()\s]+)\)")
_NAME_OF_A_LIST = re.compile(r"#{1,2} ")
_MOST_ABOVE = 60
_LONGEST_ABOVE = 100


def recognise(capture: Capture) -> Answer:
    """Look for the site's banner, then for headings that lead to papers or have their remarks."""
    lines = boilerplate.below_banner(capture.lines)
    if not lines:
        return Mismatch("no line is the banner of Hugging Face Papers")
    found = _papers(lines)
    if not found:
        return Mismatch("below the banner no heading of the third level is a paper's")
    above = list(filter(None, map(without_links, _above(lines))))
    if len(above) > _MOST_ABOVE or any(len(line) > _LONGEST_ABOVE for line in above):
        return Mismatch("between the banner and the first paper stands more than the site's own")
    return Match(
        f"the site's banner, then {len(found)} headings of papers", _listing(capture, lines, found)
    )


def parse(capture: Capture) -> Listing:
    """Read the cards of a recognised page."""
    lines = boilerplate.below_banner(capture.lines)
    return _listing(capture, lines, _papers(lines))


def _listing(capture: Capture, lines: Sequence[str], found: Sequence[Card]) -> Listing:
    """Give the papers of cards, each once: the page's source repeats some."""
    above = _above(lines)
    trending = boilerplate.ranks_by_trend(filter(_NAME_OF_A_LIST.match, above))
    made_at = remarks.made_at(capture.lines, captured_at=capture.captured_at)
    papers: dict[object, ListedPaper] = {}
    for card in found:
        paper = _listed(card, captured_at=capture.captured_at, made_at=made_at, trending=trending)
        papers.setdefault(paper.arxiv_id or (paper.title, paper.abstract), paper)
    listed = tuple(papers.values())
    cut = remarks.is_cut(lines) or any(paper.flags for paper in listed)
    return Listing(
        listed, flags=(PARTIAL,) if cut else (), date_label=boilerplate.date_label(above)
    )


def _above(lines: Sequence[str]) -> list[str]:
    return list(takewhile(lambda line: not line.startswith("### "), lines))


def _papers(lines: Sequence[str]) -> list[Card]:
    """Give the cards that link to a paper; where none has a link, those that count authors.

    A reference whose list was cut off leads nowhere, but its number stands for a link.
    """
    found = [card for card in cards(lines) if 0 < len(card.title) <= TITLE_MOST]
    linked = [card for card in found if card.closing and _leads_to_paper(card)]
    if linked:
        return linked
    signed = [card for card in found if not card.closing and _is_signed(card)]
    return [card for card in found if not card.closing] if 2 * len(signed) > len(found) else []


def _leads_to_paper(card: Card) -> bool:
    return card.address is None or huggingface_items.name(card.address) is not None


def _is_signed(card: Card) -> bool:
    return any(
        remarks.counts_authors(line) or remarks.is_dated(line) or _REPOSITORY.fullmatch(line)
        for line in card.body
    )


def _listed(card: Card, *, captured_at: datetime, made_at: datetime, trending: bool) -> ListedPaper:
    name = huggingface_items.name(card.address or "") or ""
    said = [without_links(line) for line in card.body if 0 < len(line) <= TITLE_MOST]
    text, cut = summary(card)
    machines = trending or any(map(remarks.is_published_on, said))
    return ListedPaper(
        title=card.title,
        abstract=None if machines else clean.abstract(text),
        arxiv_id=arxiv_id(name),
        addresses=huggingface_items.addresses(name),
        more_addresses=tuple(dict.fromkeys(_REPOSITORY.findall("\n".join(card.body)))),
        published=remarks.published(said, captured_at=captured_at, made_at=made_at),
        flags=(ABSTRACT_TRUNCATED,) if cut and not machines else (),
    )


LAYOUT = Layout("huggingface_markdown", Form.TEXT, recognise, parse)
