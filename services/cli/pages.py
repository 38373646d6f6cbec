"""Saved pages: checked before the first is sent, each one record on the topic of pages."""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from services.common.errors import ExitStatus, Fatal
from services.common.topics import MIB, PAGE_BYTES

STDIN = "-"
EVENT_TYPE = b"headrace.page.captured.v1"


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page to be sent; ``body`` is None while it is in its file."""

    file: str
    source: str
    content_type: str | None
    body: bytes | None = None

    @property
    def key(self) -> bytes:
        """The record's key: pages of one source keep their order."""
        # A file name may hold bytes that are no UTF-8.
        return self.source.encode(errors="replace")

    def content(self) -> bytes:
        """Give the page's bytes.

        Raises:
            Fatal: the file cannot be read, or became too large.
        """
        body = _read(self.file) if self.body is None else self.body
        if len(body) > PAGE_BYTES:
            raise Fatal(_too_large(self.file, len(body)), ExitStatus.CONFIGURATION)
        return body

    def headers(self, captured_at: datetime) -> list[tuple[str, bytes]]:
        """Give the record's headers (CloudEvents 1.0, binary mode)."""
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_type", EVENT_TYPE),
            ("ce_id", str(uuid4()).encode()),
            ("ce_source", self.key),
            ("ce_time", captured_at.isoformat(timespec="milliseconds").encode()),
        ]
        if self.content_type is not None:
            headers.append(("content-type", self.content_type.encode()))
        return headers


def saved_pages(
    files: Sequence[str], *, source: str | None, content_type: str | None
) -> list[SavedPage]:
    """Give a page for each file; ``-`` is standard input, read here and now.

    Raises:
        Fatal: says of every file that cannot be a page why.
    """
    faults = [fault for file in files if (fault := _fault(file)) is not None]
    if files.count(STDIN) > 1:
        faults.append("-: standard input can be read only once")
    _refuse(faults)
    pages = [_page(file, source=source, content_type=content_type) for file in files]
    _refuse(
        _too_large(page.file, len(page.body))
        for page in pages
        if page.body is not None and len(page.body) > PAGE_BYTES
    )
    return pages


def _page(file: str, *, source: str | None, content_type: str | None) -> SavedPage:
    if file == STDIN:
        # One byte more than a page may have tells that it is too large.
        body = sys.stdin.buffer.read(PAGE_BYTES + 1)
        return SavedPage(file, source or "stdin", content_type, body)
    guessed, encoding = mimetypes.guess_type(file)
    return SavedPage(
        file, source or Path(file).name, content_type or (None if encoding else guessed)
    )


def _fault(file: str) -> str | None:
    if file == STDIN:
        return None
    path = Path(file)
    if path.is_dir():
        return f"{file}: is a folder; give its files ({file.rstrip('/')}/*)"
    if not path.exists():
        return f"{file}: there is no such file"
    if not path.is_file():
        return f"{file}: is no ordinary file; pipe it in and give -"
    size = path.stat().st_size
    return _too_large(file, size) if size > PAGE_BYTES else None


def _refuse(faults: Iterable[str]) -> None:
    if lines := list(faults):
        raise Fatal("nothing was sent:\n  " + "\n  ".join(lines), ExitStatus.CONFIGURATION)


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Fatal(f"{file}: {error.strerror}", ExitStatus.CONFIGURATION) from error


def _too_large(file: str, size: int) -> str:
    return (
        f"{file}: {'more than' if file == STDIN else f'{size:,} bytes;'} "
        f"{PAGE_BYTES // MIB} MiB is the most that a page may have; split it"
    )
