"""The scholarly article that a page of HTML describes itself as in JSON-LD.

Source: schema.org ScholarlyArticle. An article that another one cites, or that a news story or a
blog post tells of, is not the page's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from services.common.errors import Rejected
from services.ingest import notation
from services.ingest.notation import Json

_SCRIPT = 'script[type="application/ld+json" i]'
_SCHOLARLY = ("ScholarlyArticle", "MedicalScholarlyArticle")
_OTHERS = ("Article", "BlogPosting", "NewsArticle", "TechArticle", "Product", "QAPage", "FAQPage")
_MOST_SCRIPTS = 100

Node = Mapping[str, Any]


def scholarly_articles(tree: LexborHTMLParser, *, depth: int) -> Sequence[Node]:
    """Give the articles that the page is, none where it is a story about them.

    Args:
        tree: the page.
        depth: most JSON values within one another; a script that is deeper is passed over.
    """
    nodes = [
        node
        for script in tree.css(_SCRIPT)[:_MOST_SCRIPTS]
        for node in _nodes(_value(script.text(), depth))
    ]
    if any(_is_one_of(node, _OTHERS) for node in nodes):
        return ()
    return [node for node in nodes if _is_one_of(node, _SCHOLARLY)]


def strings(value: Json, *keys: str) -> list[str]:
    """Give the strings that a property holds: one, a list, or objects with one of these keys."""
    values = value if isinstance(value, list) else [value]
    named = (
        next((each[key] for key in keys if key in each), None) if isinstance(each, dict) else each
        for each in values
    )
    return [each for each in named if isinstance(each, str)]


def _value(script: str, depth: int) -> Json:
    """Give the value of a script, which some sites write as JSON within a string."""
    try:
        value = notation.value(script, depth=depth)
        return notation.value(value, depth=depth) if isinstance(value, str) else value
    except Rejected:
        return None


def _nodes(value: Json) -> Iterator[Node]:
    """Yield the objects at the top: one, of an array, of a graph, or a page's main entity."""
    level = value if isinstance(value, list) else [value]
    for node in level:
        if isinstance(node, dict):
            yield node
            graph, main = node.get("@graph"), node.get("mainEntity")
            inner = [*(graph if isinstance(graph, list) else [graph]), main]
            yield from (each for each in inner if isinstance(each, dict))


def _is_one_of(node: Node, types: Sequence[str]) -> bool:
    return any(name.rpartition("/")[2] in types for name in strings(node.get("@type")))
