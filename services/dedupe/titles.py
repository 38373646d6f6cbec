"""Titles as they are compared: without accents, and without what a venue puts behind them."""

from __future__ import annotations

import re
import unicodedata

from services.common.identity import words

_NOTES = (
    "(?:extended|short|long|full|preliminary) (?:abstract|version|paper)"
    "|(?:extended )?abstract|(?:invited|keynote|position) (?:paper|talk)|demo(?: paper)?|poster"
)
_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve first second third fourth "
    "fifth sixth seventh eighth ninth tenth ii iii iv v vi vii viii ix x xi xii i "
    "revisited continued sequel erratum corrigendum addendum comment reply"
)
_NUMBERS = frozenset(_NUMBER_WORDS.split())
_TRAILING = re.compile(rf"\s*[(\[]\s*(?:{_NOTES})\s*[)\]]\s*\.?\s*$", re.IGNORECASE)


def comparable(title: str | None, known: str) -> str:
    """Give a title's words, kept apart by one space; empty where there is none.

    Diacritics are folded, and a trailing "(Extended Abstract)" and its like is dropped.

    Args:
        title: as on the page.
        known: its words, as ``identity.words`` gives them.
    """
    text = known
    if title and title.rstrip(". ").endswith((")", "]")):
        text = words(_TRAILING.sub("", title))
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def numbers(title: str) -> str:
    """Give those words of a title that tell one part, year or sequel from another, in their order.

    Args:
        title: as ``comparable`` gives it.
    """
    # Words have letters and digits alone: one that is not all letters has a digit.
    return " ".join(word for word in title.split() if word in _NUMBERS or not word.isalpha())
