"""The description of a feed's item: an abstract, often as HTML, often below a head of fields."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from services.ingest import authors, clean
from services.ingest.lines import TRUNCATION_MARKS, may_be_abstract

# "Motivation: ... Summary: ..." is an abstract in parts, and no head.
_HEAD = re.compile(
    r"(?:Authors?(?:\(s\))?|By|Upvotes|Score|Published|Date|Title|Categories|Subjects?|Tags|Link|"
    r"DOI|arXiv)\s?:"
)
_LABEL = re.compile(r"(?:^|(?<=\s))(?:Abstract|ABSTRACT|Summary|SUMMARY)\s?:\s*")
_HEADING = re.compile(
    r"\s*(?:<[^<>]{1,200}>\s*){1,4}(?:Abstract|ABSTRACT|Summary)\s*(?=</[^<>]{1,40}>\s*[<A-Z])"
)
_AUTHORS = re.compile(r"\bAuthors?(?:\(s\))?\s?:\s*")
_NEXT_FIELD = re.compile(r"(?:^|\s)[A-Z][\w-]*\s?:")


@dataclass(frozen=True, slots=True)
class Description:
    """What a description holds; ``addresses`` are those of the links in its mark-up."""

    abstract: str | None = None
    authors: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether there is an abstract that does not end like a teaser."""
        return self.abstract is not None and not self.abstract.endswith(TRUNCATION_MARKS)


def described(html: str) -> Description:
    """Read a description; what is too short for an abstract is none, but below a label."""
    text = clean.one_line(clean.unmarked(_without_heading(html)))
    addresses = _addresses(html)
    if _HEAD.match(text) is None:
        return Description(clean.abstract(text if may_be_abstract(text) else None), (), addresses)
    label = _LABEL.search(text)
    head = text if label is None else text[: label.start()]
    abstract = None if label is None else clean.abstract(text[label.end() :])
    return Description(abstract, _authors(head), addresses)


def _without_heading(html: str) -> str:
    """Take off a heading "Abstract"; a closing tag tells HTML from a formula with ``<``."""
    if "</" not in html:
        return html
    heading = _HEADING.match(html)
    return f"<div>{html[heading.end() :] if heading else html}</div>"


def _authors(head: str) -> tuple[str, ...]:
    """Give the names behind the label, up to the next field."""
    label = _AUTHORS.search(head)
    if label is None:
        return ()
    end = _NEXT_FIELD.search(head, label.end())
    return authors.guessed(head[label.end() : end.start() if end else len(head)])


def _addresses(html: str) -> tuple[str, ...]:
    if "href" not in html.lower():
        return ()
    found = (link.attributes.get("href") for link in LexborHTMLParser(html).css("a[href]"))
    return tuple(filter(None, found))
