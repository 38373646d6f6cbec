"""Hugging Face's API: a list of listed papers, or one paper alone."""

from __future__ import annotations

from services.ingest.capture import Capture
from services.ingest.form import Form
from services.ingest.identifiers import arxiv_id
from services.ingest.layouts.layout import Answer, Layout, Listing, Match, Mismatch
from services.ingest.notation import Json
from services.ingest.parts import huggingface_items

_OF_ONE_PAPER = ("upvotes", "discussionId", "submittedOnDailyAt")


def recognise(capture: Capture) -> Answer:
    """Look for a list whose items hold a paper with an id, or for one paper's own fields."""
    match capture.json:
        case dict() as paper:
            return _one(paper)
        case [_, *_] as items:
            listed = sum(map(_is_listed, items))
            if 2 * listed > len(items):
                return Match(f"{listed} of {len(items)} items hold a paper with id and title")
            return Mismatch(f"{listed} of {len(items)} items hold a paper with id and title")
        case _:
            return Mismatch("the list is empty")


def parse(capture: Capture) -> Listing:
    """Read the items of a recognised page."""
    items = capture.json if isinstance(capture.json, list) else [capture.json]
    return huggingface_items.listing(items, captured_at=capture.captured_at)


def _is_listed(item: Json) -> bool:
    paper = item.get("paper") if isinstance(item, dict) else None
    return isinstance(paper, dict) and _has_id_and_title(paper)


def _has_id_and_title(paper: dict[str, Json]) -> bool:
    return isinstance(paper.get("id"), str) and isinstance(paper.get("title"), str)


def _one(paper: dict[str, Json]) -> Answer:
    if not _has_id_and_title(paper) or arxiv_id(paper["id"]) is None:
        return Mismatch("no paper's id and title")
    if not any(name in paper for name in _OF_ONE_PAPER) or "authors" not in paper:
        return Mismatch("an id and a title, but no field that only this site has")
    return Match("one paper with the site's own fields")


LAYOUT = Layout("huggingface_api", Form.JSON, recognise, parse)
