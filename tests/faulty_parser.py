"""A parser that does to itself what a page says: ``python -m tests.faulty_parser SETTINGS``."""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path

import msgspec

from services.ingest import child
from services.ingest.parsing import PageRecord, Parsed, parsed
from services.ingest.settings import IngestSection


def crash(_: str) -> None:
    ctypes.string_at(0)


def loop(_: str) -> None:
    while True:
        pass


def hang(_: str) -> None:
    time.sleep(3_600)


def hog(_: str) -> None:
    held = []
    while True:
        held.append(bytearray(16 * 1024 * 1024))


def fail(_: str) -> None:
    raise RuntimeError("a bug of a layout")


def crash_once(marker: str) -> None:
    if not Path(marker).exists():
        Path(marker).touch()
        ctypes.string_at(0)


def talk(_: str) -> None:
    print("A library talks.")


DEEDS = {deed.__name__: deed for deed in (crash, loop, hang, hog, fail, crash_once, talk)}


def page(deed: str, argument: str = "", *, body: bytes = b"") -> bytes:
    """Give a page that makes the parser do something before it reads the body."""
    return f"deed {deed} {argument}\n".encode() + body


def main() -> None:
    limits = IngestSection.model_validate_json(sys.argv[1])

    def faulty(record: PageRecord) -> Parsed:
        first, _, rest = (record.value or b"").partition(b"\n")
        if first.startswith(b"deed "):
            _, deed, argument = first.decode().split(" ", 2)
            DEEDS[deed](argument)
            return parsed(msgspec.structs.replace(record, value=rest), limits)
        return parsed(record, limits)

    child.serve(limits, faulty)


if __name__ == "__main__":
    main()
