"""Values of BibTeX: in braces or quotation marks, by the name of a macro, or joined by ``#``."""

from __future__ import annotations

import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""The macros that every style of BibTeX defines."""

_MARK = re.compile(r"(?<!\\)[{}\"#]")
_ENCLOSED = ("{}", '""')


class Macros:
    """The macros of one page, as far as they are defined.

    Args:
        most_characters: how much text macros may stand for in all; one that would exceed it counts
            as undefined. Macros of macros double their length with each line.
    """

    def __init__(self, *, most_characters: int) -> None:
        self._texts = dict(zip(MONTHS, MONTHS, strict=True))
        self._left = most_characters

    def define(self, name: str, value: str) -> None:
        """Take the definition of a macro; a later one of the same name holds from there on."""
        text = self.text(value)
        if text is not None:
            self._texts[name.lower()] = text

    def text(self, value: str) -> str | None:
        """Give the text of a value as it stands in the file, or None for an undefined macro."""
        texts = [self._part(part.strip()) for part in _parts(value)]
        known = [text for text in texts if text is not None]
        return "".join(known) if len(known) == len(texts) else None

    def _part(self, part: str) -> str | None:
        if len(part) > 1 and part[0] + part[-1] in _ENCLOSED:
            return part[1:-1]
        if part.isdigit():
            return part
        text = self._texts.get(part.lower())
        if text is None or len(text) > self._left:
            return None
        self._left -= len(text)
        return text


def _parts(value: str) -> list[str]:
    """Split a value at each ``#`` outside of braces and quotation marks."""
    if "#" not in value:
        return [value]
    parts, start, depth, quoted = [], 0, 0, False
    for mark in _MARK.finditer(value):
        match mark[0]:
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case '"' if depth == 0:
                quoted = not quoted
            case "#" if depth == 0 and not quoted:
                parts.append(value[start : mark.start()])
                start = mark.end()
    return [*parts, value[start:]]
