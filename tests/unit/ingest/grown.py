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
_PROPS = re.compile(r"(?<=data-props=\")\{&quot;[^\"]*dailyPapers[^\"]*(?=\")")


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
    if props := _PROPS.search(page.text):
        value = _json(json.loads(html.unescape(props[0])), characters // 2)
        return value and page.text.replace(props[0], html.escape(value))
    return _repeated(page.text, _starts(fixture, page.text), characters)


def _starts(fixture: Fixture, text: str) -> list[int]:
    pattern = ITEM_STARTS.get(fixture.expected["layout"])
    if pattern is not None:
        return [each.start() for each in _found(pattern, text)]
    papers = fixture.read().listing.papers
    return [text.find(paper.title or paper.abstract or "") for paper in papers]


def _found(pattern: str, text: str) -> list[re.Match[str]]:
    return list(re.finditer(pattern, text, re.MULTILINE))


def _repeated(text: str, starts: list[int], characters: int) -> str | None:
    """Repeat what stands from the first item to the last."""
    first, last = (min(starts), max(starts)) if starts else (0, 0)
    if first < 0 or last <= first:
        return None
    items = text[first:last]
    return text[:first] + items * ((characters - len(text)) // len(items)) + text[last:]


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
