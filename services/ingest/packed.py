"""A page as it was before something compressed it, and never more of it than a page may have."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable

import cramjam

from services.common.errors import Rejected

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"

_BUFFER_IS_FULL = "failed to write whole buffer"

Unpack = Callable[[bytes, int], bytes]
"""Gives what a body holds, its first ``most + 1`` bytes where it holds more than ``most``."""


def unpacked(body: bytes, *, encoding: str | None, most: int) -> bytes:
    """Give the page in a body.

    gzip and zstd are known by their first bytes, whoever packed it. Brotli and deflate have none
    and are believed to the sender, unless the body is text: who saves a page often unpacks it and
    keeps the header.

    Args:
        body: as captured.
        encoding: the sender's ``content-encoding``, or None.
        most: bytes of a page.

    Raises:
        Rejected: ``page_too_large``; ``bad_compression`` for a broken stream.
    """
    unpack = _unpack(body, encoding)
    if unpack is None:
        return body
    try:
        page = unpack(body, most)
    except (OSError, EOFError, zlib.error, cramjam.DecompressionError) as error:
        raise Rejected("bad_compression", f"the page cannot be unpacked: {error}") from error
    if len(page) > most:
        raise Rejected("page_too_large", f"the page unpacks to more bytes than the limit, {most}")
    return page


def _unpack(body: bytes, encoding: str | None) -> Unpack | None:
    if body.startswith(GZIP):
        return _gzip
    if body.startswith(ZSTD):
        return _zstd
    # The last one that was applied comes off first.
    said = _SAID.get((encoding or "").rpartition(",")[2].strip().lower())
    return None if said is None or _is_text(body) else said


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _gzip(body: bytes, most: int) -> bytes:
    return gzip.GzipFile(fileobj=io.BytesIO(body)).read(most + 1)


def _deflate(body: bytes, most: int) -> bytes:
    """Unpack deflate as it is meant, in zlib's frame (RFC 9110, 8.4.1.2) or bare, as some do."""
    framed = body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0
    stream = zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
    page = stream.decompress(body, most + 1)
    if len(page) <= most and not stream.eof:
        raise EOFError("the stream ends too early")
    return page


def _zstd(body: bytes, most: int) -> bytes:
    return _into(cramjam.zstd.decompress_into, body, most)


def _brotli(body: bytes, most: int) -> bytes:
    return _into(cramjam.brotli.decompress_into, body, most)


def _into(decompress: Callable[[bytes, bytearray], int], body: bytes, most: int) -> bytes:
    page = bytearray(most + 1)
    try:
        size = decompress(body, page)
    except cramjam.DecompressionError as error:
        if _BUFFER_IS_FULL not in str(error):
            raise
        size = len(page)
    return bytes(memoryview(page)[:size])


_SAID = {"br": _brotli, "deflate": _deflate}
