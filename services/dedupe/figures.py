"""What is counted of a claimed paper, once its outcome is committed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.common.outcomes import Measure, Outcome
from services.common.records import Verdict
from services.dedupe.claims import Answer

MERGED = (Verdict.NEAR, Verdict.REVISED)
CUT = Measure(metric="cut_claims_total", value=1)
FORGOTTEN = Measure(metric="forgotten_sightings_total", value=1)


def figures(answer: Answer) -> tuple[Measure, ...]:
    """Give what is counted of an answer; nothing for most."""
    measures = (FORGOTTEN,) if answer.forgotten else ()
    if answer.verdict in MERGED:
        labels = (answer.verdict.value,)
        return *measures, Measure(metric="similarity_ratio", value=answer.similarity, labels=labels)
    if answer.related:
        return (Measure(metric="related_total", value=len(answer.related)),)
    return measures


def cut(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Note on the last outcome that the claim ended there.

    One that ended before its first paper has none to note it on: that wait is counted in seconds,
    as ``not_yet``.
    """
    if not outcomes:
        return []
    *others, last = outcomes
    return [*others, msgspec.structs.replace(last, measures=(*last.measures, CUT))]
