"""Control records on ``papers``: takedowns, their undoing, near copies that are split off.

They come through ``papers`` like everything that dedupe writes to ``unique``, so that the protocol
holds for them: what a lane emits is claimed in the index before, and committed with its offset. A
takedown is a revision without words; so it is numbered, and one that comes twice, or too late, has
no effect.
"""

from __future__ import annotations

import enum

from services.common.codec import encode
from services.common.errors import Rejected
from services.common.headers import CONTROL
from services.common.outcomes import InputRecord, Message, Outcome, header
from services.common.records import FORGOTTEN, Paper
from services.common.topics import PAPERS
from services.dedupe.claims import Amendment, Answer, Claim, Owned
from services.dedupe.emitting import EMITTING, SIGNATURE, emitted
from services.dedupe.signature import FORGETS, SIGNATURE_BYTES, marked, signed

FOLLOWS = "headrace.follows"
"""The revision of the paper that a takedown, or its undoing, follows."""

SUPERSEDED = "superseded"
BAD_CONTROL = "bad_control"


class Action(enum.Enum):
    """What a control record asks for."""

    FORGET = "forget"
    REMEMBER = "remember"
    SPLIT = "split"


AMENDING = tuple(each.value.encode() for each in (Action.FORGET, Action.REMEMBER))

VERDICTS = {
    Action.FORGET: "forgotten",
    Action.REMEMBER: "remembered",
    Action.SPLIT: "split",
}
"""What became of one that had its effect; else it is superseded."""


def action(record: InputRecord) -> Action | None:
    """Give what a control record asks for, or None for a paper.

    Raises:
        Rejected: ``bad_control``, it asks for something that there is not.
    """
    if not record.headers or (asked := header(record, CONTROL)) is None:
        return None
    try:
        return Action(asked.decode(errors="replace"))
    except ValueError as error:
        raise Rejected(BAD_CONTROL, str(error)) from None


def amends(record: InputRecord) -> bool:
    """Tell whether it is a takedown or its undoing."""
    return bool(record.headers) and header(record, CONTROL) in AMENDING


def split(paper: Paper) -> Message:
    """Give the control record that makes a near copy a paper of its own."""
    return Message(
        topic=PAPERS.name,
        key=paper.wording_id.encode(),
        value=encode(paper),
        headers=((CONTROL, Action.SPLIT.value.encode()),),
    )


def forget(paper: Paper, signature: bytes, *, follows: int) -> Message:
    """Give the control record that blanks one wording of a paper, and takes the paper down.

    Args:
        paper: as it stands on ``unique``.
        signature: of it, as its header there.
        follows: the paper's latest revision.
    """
    return _amending(Action.FORGET, blank(paper), follows, (SIGNATURE, signature))


def remember(paper: Paper, *, follows: int) -> Message:
    """Give the control record that brings a paper back: one of its wordings, whole."""
    return _amending(Action.REMEMBER, paper, follows)


def blank(paper: Paper) -> Paper:
    """Give what is left on ``unique`` of a paper that is taken down: its ids and its page."""
    return Paper(
        wording_id=paper.wording_id, paper_id=paper.paper_id, page=paper.page, flags=(FORGOTTEN,)
    )


def amendment(record: InputRecord, paper: Paper, asked: Action) -> Amendment:
    """Read what a takedown or its undoing asks of the index.

    Raises:
        Rejected: ``bad_control``, it does not say of which paper, or what it follows.
    """
    follows = header(record, FOLLOWS) or b""
    if paper.paper_id is None or not follows.isdigit():
        raise Rejected(BAD_CONTROL, f"{asked.value} needs a paper_id and the header {FOLLOWS}")
    signature = header(record, SIGNATURE) if asked is Action.FORGET else signed([paper])[0]
    if signature is None or len(signature) != SIGNATURE_BYTES:
        raise Rejected(BAD_CONTROL, f"{asked.value} needs the header {SIGNATURE}")
    if asked is Action.FORGET:
        signature = marked(signature, FORGETS)
    owned = Owned(paper.wording_id, record.partition, record.offset)
    return Amendment(Claim(owned, signature), paper.paper_id, int(follows))


def outcome(paper: Paper, claim: Claim, answer: Answer, asked: Action) -> Outcome:
    """Give the outcome of a control record: it is emitted and, of no page, never sighted."""
    if answer.verdict not in EMITTING:
        return Outcome(verdict=SUPERSEDED)
    whole = blank(paper) if asked is Action.FORGET else paper
    return Outcome(verdict=VERDICTS[asked], messages=(emitted(whole, claim, answer),))


def _amending(asked: Action, paper: Paper, follows: int, *more: tuple[str, bytes]) -> Message:
    assert paper.paper_id is not None
    return Message(
        topic=PAPERS.name,
        key=paper.paper_id.encode(),
        value=encode(paper),
        headers=((CONTROL, asked.value.encode()), (FOLLOWS, str(follows).encode()), *more),
    )
