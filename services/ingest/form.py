"""What kind of text a page is, told by its root: the first tag, or whether it is JSON as a whole.

Never by what stands somewhere inside: programs, logs and articles quote the mark-up of every site.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from services.common.errors import Rejected

ROOT_CHARACTERS = 1024 * 1024
"""Where the root must begin."""

_SKIPPED = re.compile(r"\s+|<\?[^>]*>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+([A-Za-z][\w.:-]*)([^\[>]*)(\[)?", re.IGNORECASE)
_TAG = re.compile(r"<([A-Za-z][\w.:-]*)[\s/>]")
_ENTITY = "<!ENTITY"

# A page may be saved in part: its main element, or one list of it.
_HTML_TAGS = frozenset(
    {
        *("html", "head", "body", "title", "meta", "link", "script", "style", "noscript", "form"),
        *("main", "header", "footer", "nav", "section", "article", "aside", "div", "template"),
        *("p", "span", "a", "ul", "ol", "li", "dl", "dt", "dd", "table"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    }
)


class Form(enum.Enum):
    """What a page is made of."""

    HTML = "HTML"
    XML = "XML"
    JSON = "JSON"
    JSON_LINES = "JSON Lines"
    TEXT = "plain text"


@dataclass(frozen=True, slots=True)
class Root:
    """The first tag of a page, in lower case, and whether it begins HTML or XML."""

    tag: str
    form: Form


def root(text: str) -> Root | None:
    """Give the root of a page of HTML or XML, or None for a page that begins with neither.

    Comments, processing instructions and the document type are passed over.

    Raises:
        Rejected: ``entity_declarations``: XML that defines entities of its own.
    """
    at, html = 0, False
    while at < min(len(text), ROOT_CHARACTERS):
        if skipped := _SKIPPED.match(text, at):
            at = skipped.end()
        elif doctype := _DOCTYPE.match(text, at):
            html = doctype[1].lower() == "html"
            at = _end_of(text, doctype)
        else:
            break
    tag = _TAG.match(text, at)
    if tag is None:
        return None
    name = tag[1].lower()
    return Root(name, Form.HTML if html or name in _HTML_TAGS else Form.XML)


def _end_of(text: str, doctype: re.Match[str]) -> int:
    """Give where a document type ends, which may hold declarations in brackets."""
    closing = "]" if doctype[3] else ">"
    end = text.find(closing, doctype.end())
    end = len(text) if end < 0 else end
    if text[doctype.start() : end].upper().find(_ENTITY) >= 0:
        raise Rejected("entity_declarations", "the page declares XML entities of its own")
    return text.find(">", end) + 1 or len(text)
