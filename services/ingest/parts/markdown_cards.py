"""Cards of Hugging Face Papers in Markdown: a heading of the third level, and what follows it.

Browsers and crawlers write the same page in several dialects: links with their address or with the
number of a reference, a backslash for each line break, lines wrapped at 80 or 120 columns with the
heading's marks repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from services.ingest.lines import SHORT_ABSTRACT_LEAST, may_be_abstract
from services.ingest.parts.remarks import CUT, is_remark

_MARK = "### "
_ANY_HEADING = re.compile(r"#{1,6} ")
_MOST_LINES = 6
"""Of a heading; a title has 200 characters at most."""

_LINK_END = re.compile(r"\]\((?P<address>[^()\s]+)\)$|\]\[(?P<number>\d{1,6})\]$")
_NUMBER_END = re.compile(r"\]\[\d{1,6}\]$")
_REFERENCE = re.compile(r"\[?(?P<number>\d{1,6})(?:\]:|\.) (?P<address>https?://\S+)")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()\s]*\)|\[\d{1,6}\])")
_BREAK = re.compile(r"\\{1,2}(?= |$)")
_ESCAPED = re.compile(r"\\([\[\]*_#`~<>|$.+!-])")


@dataclass(frozen=True, slots=True)
class Card:
    """A heading's text, where it leads, and the lines between it and the next heading.

    Args:
        title: without mark-up.
        address: as on the page, perhaps relative, or None.
        closing: what ends a link to the same place, or None.
        body: cleaned lines.
    """

    title: str
    address: str | None
    closing: str | None
    body: tuple[str, ...]


def cards(lines: Sequence[str]) -> Iterator[Card]:
    """Yield what stands below each heading of the third level; a heading that was cut is none."""
    sections = [(heading, _LINK_END.search(heading), body) for heading, body in _sections(lines)]
    numbered = any(link is not None and link["number"] for _, link, _ in sections)
    references = _references(lines) if numbered else {}
    for heading, link, body in sections:
        if link is not None:
            address = link["address"] or references.get(link["number"])
            yield Card(unescaped(heading[1 : link.start()]), address, link[0], body)
        elif not heading.startswith("["):
            yield Card(unescaped(heading), None, None, body)


def summary(card: Card) -> tuple[str | None, bool]:
    """Give the text below a heading, and whether it was cut: a link of its own, or paragraphs."""
    body = list(dropwhile(_is_blank, card.body))
    if body and body[0].startswith("[") and card.closing is not None:
        text, cut = _linked_text(body, closing=card.closing)
    else:
        text, cut = _paragraphs(body)
    if text.endswith(CUT):
        text, cut = text.removesuffix(CUT).rstrip(), True
    # Without its links: the faces of authors are images with long addresses.
    is_long = len(without_links(text)) >= SHORT_ABSTRACT_LEAST
    return (text, cut) if is_long else (None, False)


def _linked_text(body: Sequence[str], *, closing: str) -> tuple[str, bool]:
    """Read the link that a text is as a whole: to the card's own page, or with a number."""
    parts: list[str] = []
    for line in body:
        if line == CUT:
            break
        if _NUMBER_END.search(line) if closing.startswith("][") else line.endswith(closing):
            parts.append(_NUMBER_END.sub("", line).removesuffix(closing))
            return unescaped(" ".join(parts)[1:]), False
        if _LINK_END.search(line):
            return "", False
        parts.append(line)
    return unescaped(" ".join(parts)[1:]), True


def _paragraphs(body: Sequence[str]) -> tuple[str, bool]:
    """Read the first paragraph, and those after it that are as long as abstracts are."""
    found: list[str] = []
    lines: list[str] = []
    for line in (*body, ""):
        if _is_of_text(line):
            lines.append(line)
            continue
        if lines:
            paragraph = " ".join(lines)
            if found and not may_be_abstract(paragraph):
                break
            found.append(paragraph)
            lines = []
        if line:
            return unescaped(" ".join(found)), line == CUT
    return unescaped(" ".join(found)), False


def _is_blank(line: str) -> bool:
    return not without_links(line)


def _is_of_text(line: str) -> bool:
    return bool(line) and line != CUT and not line.startswith("[[") and not is_remark(line)


def without_links(line: str) -> str:
    """Give a line's words: no images, and of a link its text alone."""
    if "[" not in line:
        return line
    return " ".join(_LINK.sub(r" \1 ", _IMAGE.sub(" ", line)).split())


def unescaped(text: str) -> str:
    """Give a text without the backslashes that Markdown wants before signs and line breaks."""
    return " ".join(_ESCAPED.sub(r"\1", _BREAK.sub("", text)).split())


def _sections(lines: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each heading of the third level, on one line, with the lines up to the next heading."""
    starts = [at for at, line in enumerate(lines) if _ANY_HEADING.match(line)]
    done = 0
    for number, start in enumerate(starts):
        if start < done or not lines[start].startswith(_MARK):
            continue
        heading, done = _heading(lines, start)
        end = next(
            (later for later in starts[number + 1 : number + 1 + _MOST_LINES] if later >= done),
            len(lines),
        )
        yield heading, tuple(lines[done:end])


def _heading(lines: Sequence[str], at: int) -> tuple[str, int]:
    """Give a heading, which may go over several lines, and the line after it."""
    parts = [lines[at].removeprefix(_MARK)]
    is_link = parts[0].startswith("[")
    for line in lines[at + 1 : at + _MOST_LINES]:
        # Only within a link is another heading's mark the same heading, wrapped.
        if not line or _LINK_END.search(parts[-1]) or (not is_link and _ANY_HEADING.match(line)):
            break
        parts.append(line.removeprefix(_MARK))
    return " ".join(parts), at + len(parts)


def _references(lines: Sequence[str]) -> dict[str, str]:
    found = filter(None, map(_REFERENCE.fullmatch, lines))
    return {each["number"]: each["address"] for each in found}
