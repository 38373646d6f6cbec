"""Elements of a well-formed feed by their full names, and their text."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree
from lxml.etree import _Element as Element

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"

Fields = dict[str, list[Element]]


def fields(element: Element) -> Fields:
    """Give the children of an element by full name, in their order."""
    found: Fields = {}
    for child in element:
        found.setdefault(child.tag, []).append(child)
    return found


def first(found: Fields, *names: str) -> str:
    """Give the text of the first child that has one of these names, or an empty text."""
    for name in names:
        if children := found.get(name):
            return text(children[0])
    return ""


def each(found: Fields, *names: str) -> Sequence[Element]:
    """Give the children that have one of these names."""
    return [child for name in names for child in found.get(name, ())]


def text(element: Element | None) -> str:
    """Give the text of an element and of what is in it."""
    if element is None:
        return ""
    if len(element) == 0:
        return element.text or ""
    return str(etree.tostring(element, method="text", encoding="unicode", with_tail=False))


def whole(element: Element) -> str:
    """Give an item as it stands on the page, without the text behind it."""
    return str(etree.tostring(element, encoding="unicode", with_tail=False))
