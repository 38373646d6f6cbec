"""TeX accents and letters in names as the letters that they are: ``Naz\\'e`` is ``Nazé``.

For names only. A converter reads TeX as a program: it drops what it does not know and everything
behind a per cent sign. So it is shown one accent at a time, and the rest stays as written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

_BARE = r"\\?[A-Za-z]"
_BRACED = r"\{ ?\\?[A-Za-z] ?\}"
_ACCENT = re.compile(
    rf"\\[\"'`^~=.] ?(?:{_BRACED}|{_BARE})"
    rf"|\\[uvHcdbrk] ?{_BRACED}|\\[uvHcdbrk] {_BARE}"
    r"|\\(?:ss|aa|AA|ae|AE|oe|OE|dj|DJ|dh|DH|th|TH|[oOlLij])(?![A-Za-z])(?: ?\{\}| )?"
)
_TEX = frozenset("\\{}~")
_NO_LETTERS = str.maketrans({"{": None, "}": None, "~": " "})


def letters(name: str) -> str:
    """Give a name with its accents as letters; braces go, and an unknown macro stays."""
    if _TEX.isdisjoint(name):
        return name
    name = _ACCENT.sub(lambda found: _letter(found[0]), name)
    return name.replace("\\ ", " ").translate(_NO_LETTERS)


@lru_cache(maxsize=1024)
def _letter(macro: str) -> str:
    text: str = LatexNodes2Text().latex_to_text(macro)
    return unicodedata.normalize("NFC", text.strip())
