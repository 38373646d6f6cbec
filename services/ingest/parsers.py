"""Child processes that read pages side by side, so that a page can only ever end its own child."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence

import msgspec
import structlog

from services.common.cpus import usable_cpus
from services.common.errors import Rejected, Retryable
from services.common.outcomes import InputRecord
from services.ingest import child
from services.ingest.parsing import Parsed, page_record, refused
from services.ingest.settings import IngestSection

log = structlog.get_logger()

TOO_SLOW = "parse_too_slow"
TOO_LARGE = "parse_too_large"
CRASHED = "parser_crashed"
ENDS = (TOO_SLOW, TOO_LARGE, CRASHED)
"""How a page can end its parser."""

TRIES = 2
WALL_FACTOR = 10
"""Seconds on the clock for each second of CPU time: others use the CPUs too."""

START_SECONDS = 30.0

# Where the service ignores the folder that it was started in, so does the parser.
PROGRAM = (sys.executable, *(["-P"] if sys.flags.safe_path else []), "-m", "services.ingest.child")


class Ended(Exception):
    """A page ended its parser; ``how`` is one of ``ENDS``, ``detail`` tells more."""

    def __init__(self, how: str, detail: str) -> None:
        super().__init__(detail)
        self.how = how
        self.detail = detail


class Parser:
    """One child process, made anew when the last one has ended.

    Args:
        limits: what a page may take.
        program: what the child runs; the limits follow as the last argument.
    """

    def __init__(self, limits: IngestSection, program: Sequence[str]) -> None:
        self._command = (*program, limits.model_dump_json())
        self._seconds = limits.parse_seconds
        self._process: Process | None = None

    async def start(self) -> Process:
        """Start the child where there is none, and wait until it can take a page.

        Raises:
            Retryable: the system gives no process, or it does not come up.
        """
        if self._process is not None:
            return self._process
        try:
            async with asyncio.timeout(START_SECONDS):
                process = self._process = await asyncio.create_subprocess_exec(
                    *self._command, stdin=PIPE, stdout=PIPE
                )
                await _answer(process)
        except BaseException as error:
            self.end()
            if isinstance(error, OSError | EOFError):  # a TimeoutError is an OSError
                raise Retryable("no_parser", f"a parser does not start: {error!r}") from error
            raise
        return process

    async def ask(self, request: bytes) -> bytes:
        """Give the answer of the child.

        Raises:
            Ended: the page ended it, or it was ended for the page.
            Retryable: see ``start``.
        """
        process = await self.start()
        try:
            async with asyncio.timeout(WALL_FACTOR * self._seconds):
                return await _asked(process, request)
        except TimeoutError:
            self.end()
            raise Ended(TOO_SLOW, f"not read after {WALL_FACTOR * self._seconds} s") from None
        except BaseException:
            # Also when nobody waits for the answer any more: the next page must not get it.
            self.end()
            raise

    async def parsed(self, request: bytes) -> Parsed:
        """Give what becomes of an encoded page.

        Raises:
            Ended, Retryable: see ``ask``.
        """
        answer = await self.ask(request)
        try:
            return msgspec.msgpack.decode(answer, type=Parsed)
        except msgspec.MsgspecError as error:
            self.end()
            raise Ended(CRASHED, "the parser gave no answer that can be read") from error

    def end(self) -> None:
        """End the child at once, if there is one."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._process = None


class Parsers:
    """As many parsers as pages are read side by side.

    Args:
        limits: of a page, and how many parsers.
        ended: told of each one that a page ended, by how.
        program: see ``Parser``.
    """

    def __init__(
        self,
        limits: IngestSection,
        *,
        ended: Callable[[str], None] = lambda _: None,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._all = [Parser(limits, program) for _ in range(limits.parsers or usable_cpus())]
        self._idle: asyncio.Queue[Parser] = asyncio.Queue()
        self._ended = ended

    async def start(self) -> None:
        """Start every parser.

        Raises:
            Retryable: see ``Parser.start``.
        """
        starts = [parser.start() for parser in self._all]
        for started in await asyncio.gather(*starts, return_exceptions=True):
            if isinstance(started, BaseException):
                raise started
        for parser in self._all:
            self._idle.put_nowait(parser)

    def close(self) -> None:
        """End every parser."""
        for parser in self._all:
            parser.end()

    async def parsed(self, record: InputRecord, *, before: float) -> Parsed | None:
        """Give what becomes of a page; one during which parsers end is a dead letter.

        Pages are begun in the order in which they are asked for.

        Args:
            record: the page.
            before: a time of the monotonic clock; None comes back if no parser is free by then.

        Raises:
            Retryable: see ``Parser.start``.
        """
        parser = await self._idle.get()
        try:
            return await self._tried(parser, record) if time.monotonic() < before else None
        finally:
            self._idle.put_nowait(parser)

    async def _tried(self, parser: Parser, record: InputRecord) -> Parsed:
        request = msgspec.msgpack.encode(page_record(record))
        for attempt in range(1, TRIES + 1):
            try:
                return await parser.parsed(request)
            except Ended as ended:
                self._ended(ended.how)
                log.warning("parser_ended", how=ended.how, detail=ended.detail, attempt=attempt)
                if ended.how != CRASHED or attempt == TRIES:
                    return refused(record, Rejected(ended.how, ended.detail))
        raise AssertionError("the last attempt gives an answer")


async def _asked(process: Process, request: bytes) -> bytes:
    assert process.stdin is not None
    try:
        process.stdin.write(child.framed(request))
        await process.stdin.drain()
        return await _answer(process)
    except (EOFError, ConnectionError):
        raise _ended(await process.wait()) from None


async def _answer(process: Process) -> bytes:
    assert process.stdout is not None
    length = await process.stdout.readexactly(child.LENGTH_BYTES)
    return await process.stdout.readexactly(int.from_bytes(length))


def _ended(status: int) -> Ended:
    """Say how a child ended by its status: that of a signal is negative."""
    if status == -signal.SIGXCPU:
        return Ended(TOO_SLOW, "the page took more CPU time than a page may")
    if status == child.OUT_OF_MEMORY:
        return Ended(TOO_LARGE, "the page took more memory than a page may")
    what = signal.Signals(-status).name if status < 0 else f"status {status}"
    return Ended(CRASHED, f"the parser ended with {what}")
