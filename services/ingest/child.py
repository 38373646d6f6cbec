"""The process in which pages are read: ``python -m services.ingest.child SETTINGS``.

It takes a page from standard input and gives what becomes of it on standard output, one after the
other. Whatever a page does to it, it does to nothing else: the kernel ends it where a page takes
too much time or memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
import psutil

from services.ingest.parsing import PageRecord, Parsed, parsed
from services.ingest.settings import IngestSection

READY = b"ready"
OUT_OF_MEMORY = 71
"""The status with which the process ends where a page needs more memory than it may have."""

LENGTH_BYTES = 4
_PR_SET_PDEATHSIG = 1


def framed(message: bytes) -> bytes:
    """Give a message with its length before it."""
    return len(message).to_bytes(LENGTH_BYTES) + message


def serve(limits: IngestSection, parse: Callable[[PageRecord], Parsed]) -> None:
    """Read pages until standard input ends."""
    source, sink = _pipes()
    _bind_to_parent()
    _bound_memory(limits.parser_memory_bytes)
    _give(sink, READY)
    while request := _take(source):
        _bound_time(limits.parse_seconds)
        try:
            answer = msgspec.msgpack.encode(parse(msgspec.msgpack.decode(request, type=PageRecord)))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        _give(sink, answer)


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Give the pipes to the parent; what a library prints goes to standard error from now on."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, sink


def _take(source: BinaryIO) -> bytes:
    """Give the next message; none when the parent has closed its end, or is no more."""
    return source.read(int.from_bytes(source.read(LENGTH_BYTES)))


def _give(sink: BinaryIO, message: bytes) -> None:
    sink.write(framed(message))
    sink.flush()


def _bind_to_parent() -> None:
    """End with the parent and not before it, whoever signals the whole group."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        # One that is busy would not see the end of its input.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _bound_memory(more: int) -> None:
    """Let the address space grow by so many bytes; no memory is dumped when a page ends it all."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Where all memory is short, this process is the one to end, not the service.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
        _limit(resource.RLIMIT_AS, psutil.Process().memory_info().vms + more)


def _bound_time(seconds: int) -> None:
    """Have the kernel end this process (SIGXCPU) after so many more seconds of its CPU time.

    It counts and ends also when native code never comes back, and when the parent is gone.
    """
    _limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + seconds)


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def main() -> None:
    """Read pages as this process."""
    limits = IngestSection.model_validate_json(sys.argv[1])
    try:
        serve(limits, lambda record: parsed(record, limits))
    except BrokenPipeError:
        # The parent was killed: there is nobody to tell it.
        os._exit(0)


if __name__ == "__main__":
    main()
