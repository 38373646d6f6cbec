"""Fixture pages with their items repeated, up to a size in characters."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from services.ingest.capture import capture
from services.ingest.form import Form
from tests.unit.ingest.test_ingest_fixtures import Fixture

ITEM_STARTS = {
    "acl_anthology": r"<(?:p|div) class=\"d-sm-flex align-items-stretch",
    "arxiv_email": r"^\\\\\r?\narXiv:",
    "arxiv_list_html": r"<dt\b",
    "arxiv_list_text": r"^\[\d+\]",
    "arxiv_search_html": r"<li class=[\"']?arxiv-result",
    "bibtex": r"^@\w+\{",
    "citation_page": r"<li class=\"reference\"",
    "huggingface_markdown": r"^### \[",
}
"""How an item begins on a page of HTML or text; elsewhere the form tells, or the papers' titles."""

_XML_ITEM = r"<(?:item|entry)\b"
_MARK = 'data-target="DailyPapers"'
_PROPS = f"[{_MARK}][data-props]"
_ARXIV_ID = re.compile(r"\b(\d{4}\.)(\d{5})\b")


def grown(fixture: Fixture, characters: int) -> str | None:
    """Give a page of about this size, or None for a page whose items cannot be told."""
    page = capture(fixture.body)
    match page.form:
        case Form.JSON:
            return _json(page.json, characters)
        case Form.JSON_LINES:
            return (page.text.rstrip("\n") + "\n") * (characters // len(page.text))
        case Form.XML:
            return _repeated(
                page.text, [each.start() for each in _found(_XML_ITEM, page.text)], characters
            )
    props = page.html.css_first(_PROPS) if page.form is Form.HTML else None
    if props is not None:
        value = _json(json.loads(props.attributes["data-props"] or ""), characters // 2)
        return value and f'<html><div {_MARK} data-props="{html.escape(value)}"></div></html>'
    by_title = fixture.expected["layout"] not in ITEM_STARTS
    return _repeated(page.text, _starts(fixture, page.text), characters, title=by_title)


def _starts(fixture: Fixture, text: str) -> list[int]:
    pattern = ITEM_STARTS.get(fixture.expected["layout"])
    if pattern is not None:
        return [each.start() for each in _found(pattern, text)]
    papers = fixture.read().listing.papers
    return [text.find(paper.title or paper.abstract or "") for paper in papers]


def _found(pattern: str, text: str) -> list[re.Match[str]]:
    return list(re.finditer(pattern, text, re.MULTILINE))


def _repeated(text: str, starts: list[int], characters: int, *, title: bool = False) -> str | None:
    """Repeat the second item: the first may be front matter, and the last a script's words."""
    starts = sorted(start for start in set(starts) if start >= 0)
    if len(starts) < 2:
        return None
    first, last = starts[1:3] if len(starts) > 2 else starts
    items = text[first:last]
    times = (characters - len(text)) // len(items)
    repeated = (_renumbered(items, by, title=title) for by in range(times))
    return text[:first] + "".join(repeated) + text[last:]


def _renumbered(items: str, by: int, *, title: bool) -> str:
    """Give the items another title and other arXiv ids: some layouts read a paper once a page."""
    start = f"Part {by}: " if title else ""
    return start + _ARXIV_ID.sub(
        lambda found: f"{found[1]}{(int(found[2]) + 7 * by) % 100_000:05}", items
    )


def _json(value: Any, characters: int) -> str | None:
    """Repeat the items of the array that the value is, or of its longest."""
    items = value if isinstance(value, list) else _longest(value)
    if not items:
        return None
    items.extend(items * (characters // len(json.dumps(items))))
    return json.dumps(value)


def _longest(value: dict[str, Any]) -> list[Any] | None:
    """Give the longest array of objects at the top or one level below."""
    inner = [
        *value.values(),
        *(each for one in value.values() if isinstance(one, dict) for each in one.values()),
    ]
    arrays = [
        each for each in inner if isinstance(each, list) and each and isinstance(each[0], dict)
    ]
    return max(arrays, key=len, default=None)
