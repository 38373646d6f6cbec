"""Runs a service in which certain records end the process: ``python -m tests.faults.poisoned``.

A library that dies of one input does so in native code, where no exception can be caught; so does
this, by reading address 0. Ingest reads pages in child processes: its poison is in them.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from services.dedupe import handler as dedupe
from services.embed.fake import FakeEncoder
from services.ingest import app as ingest
from services.ingest import child
from services.ingest.parsers import Parsers
from services.ingest.parsing import PageRecord, Parsed, parsed
from services.ingest.settings import IngestSection

PARSER = "parser"
POISON = {service: f"Poison for {service}" for service in ("ingest", "dedupe", "embed")}


def die_of(service: str, text: bytes | str) -> None:
    """End the process with a real SIGSEGV where the text holds the service's poison."""
    if POISON[service] in (text if isinstance(text, str) else text.decode()):
        ctypes.string_at(0)


def poison() -> None:
    """Put the fault into what each service does with a record."""
    checked, encode = dedupe._checked, FakeEncoder.encode

    def poisoned_checked(record: Any) -> Any:
        die_of("dedupe", record.value)
        return checked(record)

    async def poisoned_encode(self: FakeEncoder, texts: Sequence[str]) -> Any:
        die_of("embed", "\n".join(texts))
        return await encode(self, texts)

    own = (sys.executable, "-m", "tests.faults.poisoned", PARSER)
    ingest.Parsers = functools.partial(Parsers, program=own)  # type: ignore[misc,assignment]
    dedupe._checked = poisoned_checked
    FakeEncoder.encode = poisoned_encode  # type: ignore[method-assign]


def poisoned_parser() -> None:
    """Read pages as a child of ingest."""
    limits = IngestSection.model_validate_json(sys.argv[2])

    def poisoned_parsed(record: PageRecord) -> Parsed:
        die_of("ingest", record.value or b"")
        return parsed(record, limits)

    child.serve(limits, poisoned_parsed)


if __name__ == "__main__":
    if sys.argv[1] == PARSER:
        poisoned_parser()
        sys.exit()
    poison()
    importlib.import_module(f"services.{sys.argv[1]}.app").main()
