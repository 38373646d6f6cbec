"""From bytes to text: UTF-8, else what the page declares, else what its bytes look like."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

INVALID_UTF8 = "invalid_utf8"
CHARSET_GUESSED = "charset_guessed"

_BOM = b"\xef\xbb\xbf"
_REPLACEMENT = "\ufffd"
_HEAD_BYTES = 1024
_SAMPLE_BYTES = 32 * 1024
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


def decoded(
    body: bytes, *, content_type: str | None, most_damage: float
) -> tuple[str, int, tuple[str, ...]]:
    """Give the text, how many characters of it stand for undecodable bytes, and flags.

    Args:
        body: without NUL bytes.
        content_type: may name the character set.
        most_damage: the share of replaced characters up to which a page still counts as UTF-8.
    """
    body = body.removeprefix(_BOM)
    try:
        return body.decode(), 0, ()
    except UnicodeDecodeError:
        pass
    if (text := _as_declared(body, content_type)) is not None:
        return text, 0, ()
    text = body.decode(errors="replace")
    replaced = text.count(_REPLACEMENT) - body.count(_REPLACEMENT.encode())
    if replaced > most_damage * len(text) and (guessed := _as_guessed(body)) is not None:
        return guessed, 0, (CHARSET_GUESSED,)
    return text, replaced, (INVALID_UTF8,)


def _as_declared(body: bytes, content_type: str | None) -> str | None:
    """Decode as the sender or the page's head says, or give None."""
    for place in ((content_type or "").encode(), body[:_HEAD_BYTES]):
        if found := _DECLARED.search(place):
            name = found[1].decode().lower()
            try:
                # A page that is not UTF-8 is not what it says, if it says so.
                if codecs.lookup(name).name != "utf-8":
                    return body.decode(name)
            except (LookupError, UnicodeDecodeError, ValueError):
                continue
    return None


def _as_guessed(body: bytes) -> str | None:
    """Decode as the most likely character set of a sample, or give None."""
    best = from_bytes(body[:_SAMPLE_BYTES]).best()
    if best is None:
        return None
    try:
        return body.decode(best.encoding)
    except UnicodeDecodeError:
        return None
