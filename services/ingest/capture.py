"""A captured page as the layouts see it: its bytes, its text and its lines, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from services.common.errors import Rejected
from services.ingest import clean

INVALID_UTF8 = "invalid_utf8"

_BOM = b"\xef\xbb\xbf"
_REPLACEMENT = "\ufffd"
_CONTROLS = bytes(
    code for code in range(128) if not chr(code).isprintable() and not chr(code).isspace()
)
_MOST_DAMAGE = 0.01
"""The largest share of undecodable or control characters in what still counts as text."""


@dataclass(frozen=True)
class Capture:
    """One page.

    Args:
        body: the page's bytes.
        text: the same decoded, without a byte order mark, otherwise untouched.
        flags: ``invalid_utf8`` where bytes were replaced.
        content_type: what the sender said that it is, or None.
    """

    body: bytes
    text: str
    flags: tuple[str, ...] = ()
    content_type: str | None = None

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Every line cleaned and collapsed, blank ones as empty strings."""
        return clean.lines(self.text)


def capture(body: bytes, *, content_type: str | None = None) -> Capture:
    """Decode a page as UTF-8.

    A few bytes that are not UTF-8 are replaced and flagged; words would be damaged beyond that,
    and their papers would get ids that match nothing.

    Raises:
        Rejected: ``empty_page`` for nothing but white space; ``not_text`` for a NUL byte (so also
            for UTF-16), or more than one character in a hundred undecodable or a control character.
    """
    if b"\x00" in body:
        raise Rejected("not_text", "the page holds NUL bytes: it is binary, or UTF-16")
    text, replaced = _decode(body.removeprefix(_BOM))
    if not text.strip():
        raise Rejected("empty_page", "the page holds nothing but white space")
    damaged = replaced + len(body) - len(body.translate(None, _CONTROLS))
    if damaged > _MOST_DAMAGE * len(text):
        detail = f"{damaged} of {len(text)} characters are no UTF-8 or control characters"
        raise Rejected("not_text", detail)
    return Capture(body, text, (INVALID_UTF8,) if replaced else (), content_type)


def _decode(body: bytes) -> tuple[str, int]:
    """Give the text, and how many characters of it stand for bytes that are not UTF-8."""
    try:
        return body.decode(), 0
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
        genuine = body.count(_REPLACEMENT.encode())
        return text, text.count(_REPLACEMENT) - genuine
