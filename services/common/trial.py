"""Handling that a record may not survive: it is found out, and given up as ``crashed``.

Before the first batch after a start, the batch is noted with the committed offset; what is
committed next removes the note. So a note that is found at a start tells of a death while handling.
From then on the records of that batch are noted and handled one at a time, with nothing else in the
process, and one that ends it three times more becomes a dead letter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from services.common.dead_letters import refuse
from services.common.errors import Rejected, ServiceError
from services.common.outcomes import InputRecord, Outcome
from services.common.session import Session
from services.common.suspicion import Suspicion
from services.common.turns import Turns

log = structlog.get_logger()

CRASHED = "crashed"

Note = Callable[[Suspicion], Awaitable[None]]


class Trial:
    """The handling of one lane, for as long as this process works on its partition.

    Args:
        session: handles.
        found: the suspicion found with the committed offset.
        note: commits a suspicion with the offset that is committed already.
        turns: of the process.
        stage: the service, for a dead letter.
    """

    def __init__(
        self, session: Session, found: Suspicion, *, note: Note, turns: Turns, stage: str
    ) -> None:
        self._suspicion = found
        self._session = session
        self._note = note
        self._turns = turns
        self._stage = stage
        self._begun = False
        self._note_stands = False
        self._guilty = False

    @asynccontextmanager
    async def turn(self, records: Sequence[InputRecord]) -> AsyncIterator[Sequence[InputRecord]]:
        """Take the turn to handle records and to commit what comes of them; gives those to handle.

        It ends with the commit and not with the handling: else another lane's record could end the
        process in between, and this one be blamed for it.
        """
        if not self._suspicion.covers(records[0].offset):
            async with self._turns.together():
                if not self._begun:
                    await self._write(Suspicion(until=records[-1].offset + 1))
                yield records
        elif self._suspicion.proven:
            yield records[:1]
        else:
            async with self._turns.alone():
                await self._write(self._suspicion.once_more())
                yield records[:1]

    async def handle(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        """Give outcomes for a prefix of the records of a turn; see ``Session.handle``."""
        if self._suspicion.covers(records[0].offset) and self._suspicion.proven:
            return [await self._give_up(records[0])]
        return await self._handle(records)

    def metadata(self, position: int) -> str:
        """Give what is committed beside ``position``, when all below it came out well."""
        return str(self._suspicion.after(position))

    def survived(self, position: int) -> None:
        """Take note that ``position`` is committed, and the note with it gone."""
        self._suspicion = self._suspicion.after(position)
        self._begun = True
        self._note_stands = False

    async def leave(self) -> None:
        """Take the note back: the process ends well, or for a reason that is no record's."""
        if self._note_stands and not self._guilty:
            await self._note(self._suspicion)

    async def _write(self, suspicion: Suspicion) -> None:
        await self._note(suspicion)
        self._begun = self._note_stands = True

    async def _handle(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        try:
            return await self._session.handle(records)
        except ServiceError:
            raise
        except Exception:
            self._guilty = True
            raise

    async def _give_up(self, record: InputRecord) -> Outcome:
        await self._session.abandon(record)
        log.error("record_crashed", partition=record.partition, offset=record.offset)
        detail = f"the process died {self._suspicion.alone} times while only this was handled"
        return refuse(record, Rejected(CRASHED, detail), stage=self._stage)
