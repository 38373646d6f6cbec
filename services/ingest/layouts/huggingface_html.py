"""Hugging Face Papers as a saved page: the JSON from which the page builds itself, else its cards.

What is visible of a page has no abstracts, or a machine's summary in their place, and shows each
paper twice; all of it is in the JSON.
"""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from services.ingest import clean, notation
from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import arxiv_id
from services.ingest.layouts.layout import Answer, Layout, ListedPaper, Listing, Match, Mismatch
from services.ingest.notation import Json
from services.ingest.parts import huggingface_items

_ISLAND = "div[data-target=DailyPapers]"
_LISTS = ("dailyPapers", "searchResults", "results")
_DATES = ("dateString", "date")
_NAMES = frozenset({"Daily Papers - Hugging Face", "Trending Papers - Hugging Face"})
_CARD = "article h3 a[href]"


def recognise(capture: Capture) -> Answer:
    """Look for the page's own JSON with a list of papers, or for its name and cards."""
    props = _props(capture)
    items = None if props is None else _items(props)
    if items is not None:
        return Match(f"the page's own JSON, which lists {len(items)} papers")
    title = capture.html.css_first("title")
    if title is None or clean.one_line(title.text()) not in _NAMES:
        return Mismatch("neither the JSON nor the name of a page of Hugging Face Papers")
    cards = _cards(capture.html)
    if not cards:
        return Mismatch("the name of Hugging Face Papers, but neither its JSON nor its cards")
    return Match(f"the site's name and {len(cards)} cards, without the page's own JSON")


def parse(capture: Capture) -> Listing:
    """Read the JSON of a recognised page, or its cards where there is none."""
    props = _props(capture) or {}
    items = _items(props)
    if items is None:
        return Listing(_cards(capture.html))
    labels = (props.get(name) for name in _DATES)
    label = next((one for one in labels if isinstance(one, str) and one), None)
    return huggingface_items.listing(items, captured_at=capture.captured_at, date_label=label)


def _props(capture: Capture) -> dict[str, Json] | None:
    for node in capture.html.css(_ISLAND):
        value = notation.value(node.attributes.get("data-props") or "", depth=capture.json_depth)
        if isinstance(value, dict):
            return value
    return None


def _items(props: dict[str, Json]) -> list[Json] | None:
    """Give the first list that holds something; an empty one says that there are no papers."""
    lists = [found for name in _LISTS if isinstance(found := props.get(name), list)]
    return next(filter(None, lists), lists[0] if lists else None)


def _cards(tree: LexborHTMLParser) -> tuple[ListedPaper, ...]:
    """Read the visible cards, each once: a page may hold a wide and a narrow one of each paper."""
    papers: dict[str, ListedPaper] = {}
    for link in tree.css(_CARD):
        name = huggingface_items.name(link.attributes.get("href") or "")
        title = clean.title(link.text())
        if name is not None and title is not None:
            addresses = huggingface_items.addresses(name)
            paper = ListedPaper(title, arxiv_id=arxiv_id(name), addresses=addresses)
            papers.setdefault(name, paper)
    return tuple(papers.values())


LAYOUT = Layout("huggingface_html", Form.HTML, recognise, parse)
