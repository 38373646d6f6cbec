"""Text in arXiv's mark-up as a reader sees it, and the addresses behind its links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from services.ingest.clean import one_line

_TEXT = "-text"
_BREAK = "br"
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
MIXING = frozenset({_BREAK, *_UNSEEN})
"""What makes the text of an element another than the sum of its texts."""

# The site shows an address as these words, and an identifier, which may be another paper's, as is.
_ADDRESS_WORDS = re.compile(r"\s*this https? URL\s*", re.IGNORECASE)
_TOGGLE = re.compile("\\s*[\u25b3\u25bd\u25b2\u25bc]?\\s*(?:More|Less)\\s*")


_MOST_ESCAPED = 6
"""The most characters of mark-up that one character of a page can become, as in ``&quot;``."""


@dataclass(slots=True)
class Allowance:
    """How much of a page may be read, so that elements within one another cost no square of it.

    The fields of a list lie side by side: together they are no longer than the page.
    """

    left: int

    @classmethod
    def of(cls, page: str) -> Allowance:
        """Give what all fields of a page can take together."""
        return cls(_MOST_ESCAPED * len(page))

    def covers(self, node: LexborNode) -> bool:
        """Take an element off, and say whether there was enough left for it."""
        self.left -= len(node.html or "")
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Passage:
    """One field: its text on one line, the words of its links, the addresses written out as such.

    Args:
        text: with the words of every link but those that fold and unfold an abstract.
        links: the words of each link and where it leads.
    """

    text: str
    links: tuple[tuple[str, str], ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that stood in the text and were replaced by the site's words for them."""
        return tuple(href for words, href in self.links if _ADDRESS_WORDS.fullmatch(words))

    @property
    def names(self) -> tuple[str, ...]:
        """The words of the links that are no addresses."""
        return tuple(words for words, _ in self.links if not _ADDRESS_WORDS.fullmatch(words))


@dataclass(slots=True)
class Field:
    """An element as one query over a page finds it, followed by what matters inside it.

    Most fields hold text and links alone, and are read without looking at their nodes one by one.
    """

    node: LexborNode
    links: list[LexborNode] = field(default_factory=list)
    mixed: bool = False

    def add(self, inner: LexborNode) -> None:
        """Take note of a link or of an element of ``MIXING`` inside."""
        if inner.tag == "a":
            self.links.append(inner)
        else:
            self.mixed = True

    def passage(self) -> Passage:
        """Read the field."""
        links = [(link.text(), link.attributes.get("href") or "") for link in self.links]
        text = self.node.text()
        if links and _TOGGLE.fullmatch(links[-1][0]):
            # It is the last word of an abstract, or something foreign stands behind it.
            toggle, _ = links.pop()
            self.mixed = self.mixed or not text.rstrip().endswith(toggle)
            text = text.rstrip().removesuffix(toggle)
        return passage(self.node) if self.mixed else Passage(one_line(text), tuple(links))


def passage(node: LexborNode) -> Passage:
    """Read a field. Nodes that a saver or a virus scanner put in, and that no reader sees, are out.

    Nesting costs no depth of calls: a hostile page may be nested as deep as it is long.
    """
    pieces: list[str] = []
    links: list[tuple[str, str]] = []
    inside = [node.iter(include_text=True)]
    while inside:
        child = next(inside[-1], None)
        if child is None:
            inside.pop()
        elif child.tag == _TEXT:
            pieces.append(child.text_content or "")
        elif child.tag == "a":
            words = child.text()
            if not _TOGGLE.fullmatch(words):
                pieces.append(words)
                links.append((words, child.attributes.get("href") or ""))
        elif child.tag not in _UNSEEN:
            if child.tag == _BREAK:
                pieces.append(" ")
            inside.append(child.iter(include_text=True))
    return Passage(one_line("".join(pieces)), tuple(links))
