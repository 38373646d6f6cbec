"""Papers become new ones and sightings: one lane's dealings with the index.

The steps and their order are the protocol of docs/dedupe.md: learn, validate, catch up, claim,
produce, verify, commit, report. No lease and no settling: whoever owns the input partition of a
claim replays the record until its offset is committed, so a claim is never taken over.
``make model`` checks the protocol under every fault in every order, and that it breaks without each
of its mechanisms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import structlog

from services.common.codec import decode, encode
from services.common.dead_letters import refuse
from services.common.errors import Rejected, Stale
from services.common.identity import Wording, wording
from services.common.outcomes import InputRecord, Message, Outcome
from services.common.records import Paper, Sighting, Verdict
from services.common.session import Acknowledged
from services.common.topics import RECORD_BYTES, SIGHTINGS, UNIQUE
from services.dedupe.claims import Amendment, Answer, Claim, Owned, Report
from services.dedupe.controls import (
    BAD_CONTROL,
    SUPERSEDED,
    VERDICTS,
    Action,
    action,
    amendment,
    amends,
    outcome,
)
from services.dedupe.emitting import EMITTING, emitted
from services.dedupe.figures import cut, figures
from services.dedupe.signature import STANDS_ALONE, marked, signed

log = structlog.get_logger()

CLAIM_RECORDS = 256
"""Papers claimed in one call: about 5 ms of the server, during which nobody else is served."""

GROWTH_BYTES = 8 * 1024
"""The most that a paper's JSON and headers grow from ``papers`` to ``unique``."""

WORDING = re.compile("[0-9a-f]{32}")
REASONS = ("not_a_record", "no_words", "wrong_wording_id", "paper_too_large", BAD_CONTROL)
OUTCOMES = (*(verdict.value for verdict in Verdict), *VERDICTS.values(), SUPERSEDED)
EMITTED = frozenset((*(verdict.value for verdict in EMITTING), *VERDICTS.values()))


class Valid(NamedTuple):
    """A record that nothing speaks against: its paper and its words; ``splits`` off a near copy."""

    record: InputRecord
    paper: Paper
    words: Wording
    splits: bool


class Index(Protocol):
    """What a lane asks of the index; see ``RedisIndex``."""

    async def learn(self) -> str | None: ...
    async def claim(
        self, mark: str, report: Report, claims: Sequence[Claim]
    ) -> Sequence[Answer]: ...
    async def amend(self, mark: str, amendment: Amendment) -> Answer | None: ...
    async def release(self, mark: str, paper: Owned) -> None: ...
    async def passed(self, lane: int) -> int: ...
    async def forget(self) -> None: ...


class CatchUp(Protocol):
    """Brings the index up to date; see ``catch_up.CatchUp``."""

    @property
    def doing(self) -> str | None: ...
    async def run(self) -> None: ...


class DedupeSession:
    """One lane of dedupe; a ``services.common.session.Session``."""

    def __init__(self, lane: int, *, index: Index, catch_up: CatchUp) -> None:
        self._lane = lane
        self._index = index
        self._catch_up = catch_up
        self._mark: str | None = None
        self._position = 0
        self._checkpoint: dict[int, int] = {}

    async def learn(self) -> None:
        self._mark = await self._index.learn()
        self._checkpoint = {}

    async def validated(self, position: int) -> None:
        self._position = position
        if self._mark is None:
            # After the producer's start, which aborted this partition's open transaction: before
            # it, catch-up would wait for that transaction for ever.
            await self._catch_up.run()
            # A mark may be carried only by who validated after it was given: a lane fenced
            # meanwhile could claim what its successor has passed already.
            raise Stale("the index was brought up to date")
        if position < (passed := await self._index.passed(self._lane)):
            # Its records passed as copies of others may claim anew, and then be taken for copies of
            # themselves. What comes from the log alone knows what is out, and nothing else.
            await self._index.forget()
            log.warning("group_rewound", lane=self._lane, offset=position, before=passed)
            raise Stale(f"the group was rewound from {passed} to {position}")

    async def handle(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        for run in _runs(records):
            handle = self._amend if amends(run[0]) else self._handle
            outcomes += (handled := await handle(run))
            if len(handled) < len(run):
                return cut(outcomes)
        return outcomes

    async def verify(self, outcomes: Sequence[Outcome]) -> None:
        if any(outcome.verdict in EMITTED for outcome in outcomes):
            await self._report()

    async def committed(self, position: int, acknowledged: Acknowledged) -> None:
        self._position = position
        for (topic, partition), offset in acknowledged.items():
            if topic == UNIQUE.name:
                self._checkpoint[partition] = offset + 1
        if not acknowledged:
            await self._report()

    async def abandon(self, record: InputRecord) -> None:
        # By its key: what is in the value ended the process.
        key = (record.key or b"").decode("ascii", errors="replace")
        if WORDING.fullmatch(key):
            assert self._mark is not None
            await self._index.release(self._mark, Owned(key, record.partition, record.offset))

    def doing(self) -> str | None:
        return self._catch_up.doing

    async def _handle(self, records: Sequence[InputRecord]) -> list[Outcome]:
        """Reject first and claim then: a claimed record must be able to succeed."""
        checked = [_checked(record) for record in records]
        claims = _claims([each for each in checked if isinstance(each, Valid)])
        answers = iter(zip(claims, await self._claim(claims), strict=False))
        outcomes: list[Outcome] = []
        for record, each in zip(records, checked, strict=True):
            if isinstance(each, Rejected):
                outcomes.append(refuse(record, each, stage="dedupe"))
            elif (answered := next(answers, None)) is not None:
                outcomes.append(_outcome(each, *answered))
            else:
                break
        return outcomes

    async def _amend(self, records: Sequence[InputRecord]) -> list[Outcome]:
        """Take a paper down, or bring it back: one record, after all before it are claimed."""
        (record,) = records
        try:
            asked, paper = action(record), decode(record.value, Paper)
            assert asked is not None
            if asked is Action.REMEMBER:
                _check(record, paper, wording(paper.title, paper.abstract))
            asking = amendment(record, paper, asked)
        except Rejected as rejected:
            return [refuse(record, rejected, stage="dedupe")]
        # What this lane has committed, too: it must not wait for itself.
        await self._report()
        assert self._mark is not None
        answer = await self._index.amend(self._mark, asking)
        return [] if answer is None else [outcome(paper, asking.claim, answer, asked)]

    async def _claim(self, claims: Sequence[Claim]) -> Sequence[Answer]:
        assert self._mark is not None
        report = Report(self._lane, self._position, self._checkpoint)
        return await self._index.claim(self._mark, report, claims)

    async def _report(self) -> None:
        """Tell the index what is committed; Stale where it is not the index that was claimed in."""
        await self._claim(())


def _checked(record: InputRecord) -> Valid | Rejected:
    """Give the paper and its words, or all that speaks against it."""
    try:
        asked, paper = action(record), decode(record.value, Paper)
        known = wording(paper.title, paper.abstract)
        _check(record, paper, known)
    except Rejected as rejected:
        return rejected
    return Valid(record, paper, known, asked is Action.SPLIT)


def _runs(records: Sequence[InputRecord]) -> Iterator[Sequence[InputRecord]]:
    """Yield what is claimed in one call: papers, or a takedown alone."""
    start = 0
    for at, record in enumerate(records):
        alone = amends(record)
        if start < at and (alone or at - start == CLAIM_RECORDS):
            yield records[start:at]
            start = at
        if alone:
            yield records[at : at + 1]
            start = at + 1
    if start < len(records):
        yield records[start:]


def _check(record: InputRecord, paper: Paper, known: Wording) -> None:
    if not known.text:
        raise Rejected("no_words", "neither title nor abstract has a letter or a digit")
    if paper.wording_id != known.id:
        raise Rejected("wrong_wording_id", f"{paper.wording_id} is not the id of its words")
    size = len(record.value or b"") + GROWTH_BYTES
    if size > RECORD_BYTES:
        raise Rejected("paper_too_large", f"{size} bytes with what dedupe adds")


def _claims(valid: Sequence[Valid]) -> list[Claim]:
    signatures = signed([each.paper for each in valid], [each.words for each in valid])
    return [
        Claim(
            Owned(each.paper.wording_id, each.record.partition, each.record.offset),
            marked(signature, STANDS_ALONE) if each.splits else signature,
        )
        for each, signature in zip(valid, signatures, strict=True)
    ]


def _outcome(valid: Valid, claim: Claim, answer: Answer) -> Outcome:
    paper, paper_id, verdict = valid.paper, answer.paper_id, answer.verdict
    if valid.splits:
        return outcome(paper, claim, answer, Action.SPLIT)
    sighting = Sighting(
        paper_id=paper_id,
        wording_id=paper.wording_id,
        verdict=verdict,
        similarity=round(answer.similarity, 3),
        page=paper.page,
    )
    sighted = Message(topic=SIGHTINGS.name, key=paper_id.encode(), value=encode(sighting))
    if verdict not in EMITTING:
        return Outcome(verdict=verdict.value, messages=(sighted,), measures=figures(answer))
    messages = (emitted(paper, claim, answer), sighted)
    return Outcome(verdict=verdict.value, messages=messages, measures=figures(answer))
