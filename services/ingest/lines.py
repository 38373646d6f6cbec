"""What tells a title's line from an abstract's.

Read off 9,581 listed papers: titles have up to 175 characters and never end in a full stop,
abstracts have 165 and more; a cut at 180 to 200 errs on one line of 19,162.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TITLE_MOST = 200
"""The most characters of a title."""

ABSTRACT_LEAST = 180
"""A line of this many characters can be an abstract, however it ends."""

SHORT_ABSTRACT_LEAST = 80
"""A line of this many characters is an abstract where its end shows that it is no title."""

TRUNCATION_MARKS = ("…", "...", "[Content truncated]")
"""How an abstract ends that was cut by its site or its saver."""

_NEVER_ENDS_A_TITLE = (".", *TRUNCATION_MARKS)


@dataclass(frozen=True, slots=True)
class Row:
    """One line with words: its number on the page from 1, and whether it follows a blank line."""

    number: int
    text: str
    after_blank: bool


def rows(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the lines that hold words."""
    blank = False
    for number, line in enumerate(lines, start=1):
        if has_words(line):
            yield Row(number, line, blank)
        blank = not line


def may_be_title(line: str) -> bool:
    """Whether a line may stand where a title is expected."""
    return 0 < len(line) <= TITLE_MOST and not line.endswith(_NEVER_ENDS_A_TITLE)


def may_be_abstract(line: str) -> bool:
    """Whether a line may stand where an abstract is expected."""
    if len(line) >= ABSTRACT_LEAST:
        return True
    return len(line) >= SHORT_ABSTRACT_LEAST and line.endswith(_NEVER_ENDS_A_TITLE)


def has_words(line: str) -> bool:
    """Whether a line holds a letter or a digit; a rule of dashes or a lone bullet does not."""
    return line[:1].isalnum() or any(map(str.isalnum, line))


def has_letters(line: str) -> bool:
    """Whether a line holds a letter of any script."""
    return any(map(str.isalpha, line))
