"""Papers of ``unique`` in, the same papers with their embedding out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from services.common.codec import decode, encode
from services.common.dead_letters import refuse
from services.common.errors import Rejected
from services.common.outcomes import InputRecord, Measure, Message, Outcome
from services.common.records import FORGOTTEN, Embedding, EnrichedPaper, Paper
from services.common.topics import ENRICHED
from services.embed.figures import Figures, halves
from services.embed.vector import Encoded, ModelCard, fault, to_base64

STAGE = "embed"

REASONS = ("not_a_record", "no_paper_id", "no_text", "bad_vector")
"""Why a record becomes a dead letter."""

MENDED = Measure(metric="mended_vectors_total", value=1)
REFERENCE = "reference"
"""What stands for the execution provider where the vector is the numpy reference's."""


class Encoder(Protocol):
    """Turns texts into vectors; ``card`` says which model does."""

    @property
    def card(self) -> ModelCard: ...

    async def encode(self, texts: Sequence[str]) -> Sequence[Encoded]:
        """Encode texts in their order."""
        ...


class EmbedHandler:
    """Embeds every paper of a batch; what is no paper with a text is a dead letter.

    Args:
        encoder: gives the vectors.
        now: gives the time in UTC.
        figures: of what it embeds.
    """

    def __init__(self, encoder: Encoder, now: Callable[[], datetime], figures: Figures) -> None:
        self._encoder = encoder
        self._now = now
        self._figures = figures

    async def __call__(self, records: Sequence[InputRecord]) -> Sequence[Outcome]:
        """Give an outcome for every record, in their order."""
        tasks = [_task(record) for record in records]
        encoded, measures = await self._encoded([each for each in tasks if isinstance(each, _Task)])
        vectors, now = iter(encoded), self._now()
        outcomes = []
        for record, task in zip(records, tasks, strict=True):
            outcome = self._enrich(task, *next(vectors), now) if isinstance(task, _Task) else task
            if isinstance(outcome, Rejected):
                outcome = refuse(record, outcome, stage=STAGE)
            outcomes.append(outcome)
        return _with(outcomes, measures)

    async def _encoded(
        self, tasks: Sequence[_Task]
    ) -> tuple[list[tuple[Encoded, str | None]], tuple[Measure, ...]]:
        """Give the vectors of papers, each with what is wrong with it, and what is counted."""
        sampled = [each for task in tasks if (each := halves(task.paper)) is not None]
        texts = [task.text for task in tasks]
        found = await self._encoder.encode([*texts, *(half for each in sampled for half in each)])
        papers, rest = found[: len(texts)], found[len(texts) :]
        dimensions = self._encoder.card.dimensions
        checked = [(each, fault(each.vector, dimensions)) for each in papers]
        usable = [each for each, wrong in checked if wrong is None]
        pairs = list(zip(rest[::2], rest[1::2], strict=True))
        return checked, await self._figures.of(usable, pairs)

    def _enrich(
        self, task: _Task, encoded: Encoded, wrong: str | None, now: datetime
    ) -> Outcome | Rejected:
        card = self._encoder.card
        if wrong is not None:
            return Rejected("bad_vector", f"{card.model} on {card.provider} gave {wrong}")
        enriched = EnrichedPaper(
            **msgspec.structs.asdict(task.paper),
            embedding=_embedding(card, encoded),
            enriched_at=now,
        )
        message = Message(topic=ENRICHED.name, key=task.paper_id.encode(), value=encode(enriched))
        measures = (MENDED,) if encoded.mended else ()
        return Outcome(verdict="embedded", messages=(message,), measures=measures)


def _with(outcomes: Sequence[Outcome], measures: tuple[Measure, ...]) -> Sequence[Outcome]:
    """Have the last outcome carry what is counted of all."""
    if not outcomes:
        return outcomes
    *others, last = outcomes
    return [*others, msgspec.structs.replace(last, measures=(*last.measures, *measures))]


def text_of(paper: Paper) -> str:
    """Give the text that stands for a paper: ``title. abstract``, or the one that there is."""
    parts = (part.strip() for part in (paper.title, paper.abstract) if part is not None)
    return ". ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Task:
    """A paper that can be embedded, and the text that stands for it."""

    paper: Paper
    paper_id: str
    text: str


def _task(record: InputRecord) -> _Task | Outcome | Rejected:
    """Read the paper of a record, or say why it has none that can be embedded.

    One that was taken down is a null on ``enriched``, and after compaction nothing.
    """
    try:
        paper = decode(record.value, Paper)
    except Rejected as rejected:
        return rejected
    if paper.paper_id is None:
        return Rejected("no_paper_id", "a Paper on unique needs the paper_id that dedupe gives")
    if FORGOTTEN in paper.flags:
        message = Message(topic=ENRICHED.name, key=paper.paper_id.encode(), value=None)
        return Outcome(verdict=FORGOTTEN, messages=(message,))
    text = text_of(paper)
    if not text:
        return Rejected("no_text", "a Paper without title and abstract has nothing to embed")
    return _Task(paper, paper.paper_id, text)


def _embedding(card: ModelCard, encoded: Encoded) -> Embedding:
    return Embedding(
        model=card.model,
        model_revision=card.model_revision,
        precision=card.precision,
        dimensions=card.dimensions,
        pooling=card.pooling,
        normalized=card.normalized,
        max_tokens=card.max_tokens,
        tokens=encoded.tokens,
        truncated=encoded.truncated,
        provider=REFERENCE if encoded.mended else card.provider,
        vector=to_base64(encoded.vector),
    )
