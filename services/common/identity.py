"""Who a paper is: id-v1, the frozen digest of its normalised words.

The same paper captured from two sites is not byte-equal: one keeps TeX, the other drops the
backslashes; one shows a link, the other the words "this https URL". What is left after
``normalise`` was equal for 44 of 44 papers read from Hugging Face and from arXiv. It must never
change: another normalisation is id-v2, with a namespace of its own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b

ID_BYTES = 16
SEPARATOR = b"\x1f"

# Only ASCII that an address may hold: in Chinese text no space ends it, and in TeX a brace does.
_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE)
_URL_WORDS = re.compile(r"\bthis\s+https?\s+url\b")

# Macros that say how text looks. All others are symbols whose names are words: \times, \infty.
_FORMAT = (
    "text|textbf|textit|texttt|textsc|textsf|textsl|textrm|textmd|textup|textnormal|emph|"
    "underline|mathbf|mathrm|mathit|mathsf|mathtt|mathcal|mathbb|mathfrak|mathscr|boldsymbol|bm|"
    "mbox|operatorname|url|href"
)
_SWITCH = "em|bf|it|rm|sc|tt|sf|sl|bfseries|itshape|scshape|ttfamily"
# A site that drops backslashes leaves ``mathcal{O}``: the brace tells it from a word.
_MACRO = re.compile(rf"\\(?:{_FORMAT}|{_SWITCH})(?![A-Za-z])\*?|\b(?:{_FORMAT})(?=\{{)")

_ASCII_SPACES = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(256)


def words(text: str) -> str:
    """Give the text's letters and digits, case-folded, its words kept apart by one space.

    Of any script; URLs and TeX format macros are gone, names of TeX symbols are words. What TeX
    mark-up splits stays apart here and is joined by ``normalise``.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    folded = text.casefold()
    # Most texts hold none of these: to look for a character is far cheaper than to match.
    if "/" in text or "www" in folded:
        text = _URL.sub(" ", text)
        folded = text.casefold()
    if "\\" in text or "{" in text:
        folded = _MACRO.sub(" ", text).casefold()
    if "url" in folded:
        folded = _URL_WORDS.sub(" ", folded)
    if folded.isascii():
        return _single_spaced(folded.encode().translate(_ASCII_SPACES).decode())
    text = unicodedata.normalize("NFKC", folded)
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())


def _single_spaced(text: str) -> str:
    # Half the time of a split and a join.
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


def normalise(text: str) -> str:
    """Give the text's letters and digits, case-folded, and nothing else."""
    return words(text).replace(" ", "")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a paper, as ``words`` gives them: found once, for its id and its signature."""

    title: str
    abstract: str

    @property
    def id(self) -> str:
        """32 hexadecimal digits of BLAKE2b-128.

        Source: design contract, "Two ids"; golden vectors in the tests.
        """
        digest = blake2b(self.title.replace(" ", "").encode(), digest_size=ID_BYTES)
        digest.update(SEPARATOR)
        digest.update(self.abstract.replace(" ", "").encode())
        return digest.hexdigest()

    @property
    def text(self) -> str:
        """All words; empty where there is none."""
        return f"{self.title} {self.abstract}".strip()


def wording(title: str | None, abstract: str | None) -> Wording:
    """Give the words of a paper."""
    return Wording(words(title or ""), words(abstract or ""))


def wording_id(title: str | None, abstract: str | None) -> str:
    """Give the id of a wording; see ``Wording``."""
    return wording(title, abstract).id


def page_id(page: bytes) -> str:
    """Give the id of a captured page: 32 hexadecimal digits of BLAKE2b-128 of its bytes."""
    return blake2b(page, digest_size=ID_BYTES).hexdigest()
