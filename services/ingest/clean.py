"""Text as it is shown: what cannot be seen is gone, everything else stays as on the page."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser

# Tab, line feed, vertical tab, form feed, carriage return, 1C to 1F and NEL are white space.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

# Soft hyphen, zero-width space, marks that turn the direction of text, invisible operators, byte
# order mark, interlinear annotation: they change how text compares or how a terminal shows it.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)

# Persian and Indic scripts and emoji are spelt with joiners; beside ASCII they mean nothing.
_JOINER = re.compile("[\u200c\u200d](?![^\x00-\x7f])|(?<![^\x00-\x7f])[\u200c\u200d]")

# Names of tags, so that "p<q and r>s" stays what it is.
_INLINE_NAMES = "a|abbr|b|bold|code|em|font|i|italic|img|small|span|strong|sub|sup|tt|u"
_BLOCK_NAMES = "article|blockquote|br|div|h[1-6]|hr|li|ol|p|pre|sec|section|table|td|title|tr|ul"
_BLOCK = re.compile(rf"</?(?:jats:)?(?:{_BLOCK_NAMES})(?:\s[^<>]{{0,1000}})?/?>", re.IGNORECASE)
_TAG = re.compile(
    rf"</?(?:jats:)?(?:{_INLINE_NAMES}|{_BLOCK_NAMES})(?:\s[^<>]{{0,1000}})?/?>", re.IGNORECASE
)
_LABEL = re.compile(r"^(?:Abstract|ABSTRACT|Summary|SUMMARY)\s?[:.]\s*(?=[A-Z])")


def visible(text: str) -> str:
    """Give the text in NFC without control and invisible characters; white space stays."""
    text = _JOINER.sub("", _INVISIBLE.sub("", _CONTROL.sub("", text)))
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Give the visible text on one line, its white space collapsed."""
    # Most lines are clean: no printable character is a control or invisible one, and the only
    # printable white space is the space.
    if text.isprintable() and "  " not in text:
        return unicodedata.normalize("NFC", text).strip(" ")
    # Most others are but wrapped or indented.
    collapsed = " ".join(text.split())
    if collapsed.isprintable():
        return unicodedata.normalize("NFC", collapsed)
    return " ".join(visible(text).split())


def lines(text: str) -> tuple[str, ...]:
    """Give every line as ``one_line`` does, blank ones as empty strings.

    Lines end in LF, CR or CRLF and in nothing else: a form feed or a Unicode line separator inside
    an abstract is white space.
    """
    return tuple([line and one_line(line) for line in with_line_feeds(text).split("\n")])


def with_line_feeds(text: str) -> str:
    """Give the text with LF at the end of each line, whatever ended it."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def unmarked(text: str) -> str:
    """Give the text of a field that may hold HTML: tags dropped, entities read once."""
    if _TAG.search(text) is None:
        return html.unescape(text) if "&" in text else text
    tree = LexborHTMLParser(_BLOCK.sub(" ", text))
    tree.strip_tags(["script", "style"])
    return tree.text(separator="")


def title(text: str | None) -> str | None:
    """Give a title on one line; None where there is none."""
    return one_line(text or "") or None


def abstract(text: str | None) -> str | None:
    """Give an abstract on one line, without the label that some sites put before it.

    "Abstract interpretation is ..." begins with no label.
    """
    return unlabelled(one_line(text or "")) or None


def unlabelled(line: str) -> str:
    """Give an abstract that is clean already without the label before it."""
    return _LABEL.sub("", line)


def names(authors: Iterable[str]) -> tuple[str, ...]:
    """Give authors' names, each on one line, without empty ones."""
    return tuple(filter(None, map(one_line, authors)))
