"""Runs a service in which certain records end the process: ``python -m tests.faults.poisoned``.

A library that dies of one input does so in native code, where no exception can be caught; so does
this, by reading address 0.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from services.dedupe import handler as dedupe
from services.embed.fake import FakeEncoder
from services.ingest.handler import IngestHandler

POISON = {service: f"Poison for {service}" for service in ("ingest", "dedupe", "embed")}


def die_of(service: str, text: bytes | str) -> None:
    """End the process with a real SIGSEGV where the text holds the service's poison."""
    if POISON[service] in (text if isinstance(text, str) else text.decode()):
        ctypes.string_at(0)


def poison() -> None:
    """Put the fault into what each service does with a record."""
    outcome, checked, encode = IngestHandler.outcome, dedupe._checked, FakeEncoder.encode

    def poisoned_outcome(self: IngestHandler, record: Any) -> Any:
        die_of("ingest", record.value)
        return outcome(self, record)

    def poisoned_checked(record: Any) -> Any:
        die_of("dedupe", record.value)
        return checked(record)

    async def poisoned_encode(self: FakeEncoder, texts: Sequence[str]) -> Any:
        die_of("embed", "\n".join(texts))
        return await encode(self, texts)

    IngestHandler.outcome = poisoned_outcome  # type: ignore[method-assign]
    dedupe._checked = poisoned_checked
    FakeEncoder.encode = poisoned_encode  # type: ignore[method-assign]


if __name__ == "__main__":
    poison()
    importlib.import_module(f"services.{sys.argv[1]}.app").main()
