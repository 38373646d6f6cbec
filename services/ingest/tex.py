"""TeX in titles, names and abstracts: what has a character becomes one, everything else stays.

Mathematics and macros without a character stay as they are, for their names are words of the text.
"""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
}
_LETTER = r"\\[ij](?![A-Za-z])|[A-Za-z]"
# An accent that is a letter needs a space or a brace before what it stands on: \v{s}, not \vs.
_ACCENT = re.compile(
    rf"\\(?:(?P<sign>[`'^~=.\"])[ ]?|(?P<name>[uHrvdckb])(?:[ ]|(?=[{{\\])))"
    rf"(?:\{{(?P<braced>{_LETTER})\}}|(?P<bare>{_LETTER}))"
)
_CHARACTERS = {
    "textless": "<",
    "textgreater": ">",
    "textendash": "\u2013",
    "textemdash": "\u2014",
    "textquoteright": "\u2019",
    **dict(
        zip(("ss", "o", "O", "l", "L", "aa", "AA", "dh", "DH", "th"), "ßøØłŁåÅðÐþ", strict=True)
    ),
    **dict(zip(("TH", "ae", "AE", "oe", "OE", "dj", "DJ"), "ÞæÆœŒđĐ", strict=True)),
    **dict(zip("ij", "\u0131\u0237", strict=True)),
}
_CHARACTER = re.compile(rf"\\({'|'.join(_CHARACTERS)})(?![A-Za-z])(?:\{{\}}|[ ])?")
_ESCAPES = {
    **{rf"\{sign}": sign for sign in "&%_#"},
    **dict.fromkeys(("\\ ", "\\,", "\\\\"), " "),
    **dict.fromkeys(("\\-", "\\/"), ""),
}
_DOLLAR = re.compile(r"(?<!\\)\$")
# A tilde ties two words; in an address it follows a slash.
_TIE = re.compile(r"(?<=[\w.}])~(?=[\w\\{$])")
_MARK = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}$]|[^\\{}$]+|\\", re.DOTALL)


def characters(text: str) -> str:
    """Give a text with accents, letters and escaped signs as characters, without bare braces.

    A brace stays where it encloses what a macro applies to (``\\textit{Mare}``) and in mathematics.
    """
    if "\\" not in text and "{" not in text and "~" not in text:
        return text
    parts = _DOLLAR.split(text)
    for at in range(0, len(parts), 2):
        parts[at] = _composed(parts[at])
    if len(parts) % 2 == 0:
        # The last dollar opens nothing: a price.
        parts[-1] = _composed(parts[-1])
    return _without_bare_braces("$".join(parts), dollars=len(parts) - 1)


def _composed(text: str) -> str:
    text = _ACCENT.sub(_accented, _TIE.sub(" ", text))
    return _CHARACTER.sub(lambda found: _CHARACTERS[found[1]], text)


def _accented(found: re.Match[str]) -> str:
    letter = (found["braced"] or found["bare"]).lstrip("\\")
    return unicodedata.normalize("NFC", letter + _ACCENTS[found["sign"] or found["name"]])


def _without_bare_braces(text: str, *, dollars: int) -> str:
    shown: list[str] = []
    kept: list[bool] = []
    mathematics = applies = False
    for mark in _MARK.findall(text):
        if mark == "$":
            dollars -= 1
            mathematics = not mathematics and dollars > 0
        if mathematics or mark == "$":
            shown.append(mark)
            applies = False
        elif mark == "{":
            kept.append(applies)
            shown.append(mark * applies)
            applies = False
        elif mark == "}":
            applies = kept.pop() if kept else False
            shown.append(mark * applies)
        else:
            shown.append(_ESCAPES.get(mark, mark))
            applies = mark[0] == "\\" and mark[1:2].isalpha()
    return "".join(shown)
