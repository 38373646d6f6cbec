"""What dedupe counts of a paper, and of a claim that was cut."""

from __future__ import annotations

import pytest

from services.common.outcomes import Measure, Outcome
from services.common.records import Related, Verdict
from services.common.telemetry import Telemetry
from services.dedupe.claims import Answer
from services.dedupe.figures import CUT, cut, figures

ID = "0" * 32
LINKS = tuple(Related(paper_id=ID, similarity=0.6) for _ in range(2))


@pytest.mark.parametrize("verdict", [Verdict.NEAR, Verdict.REVISED])
def test_the_similarity_of_what_was_merged_is_counted_by_verdict(verdict: Verdict) -> None:
    (measure,) = figures(Answer(verdict, ID, similarity=0.93))
    assert (measure.metric, measure.value) == ("similarity_ratio", 0.93)
    assert measure.labels == (verdict.value,)


@pytest.mark.parametrize("verdict", [Verdict.NEW, Verdict.EXACT])
def test_of_a_paper_that_is_like_no_other_nothing_more_is_counted(verdict: Verdict) -> None:
    assert figures(Answer(verdict, ID)) == ()


def test_links_to_related_papers_are_counted_one_by_one() -> None:
    assert figures(Answer(Verdict.NEW, ID, related=LINKS)) == (
        Measure(metric="related_total", value=2),
    )


def test_a_cut_is_noted_on_the_last_paper_before_it() -> None:
    first, last = Outcome(verdict="new"), Outcome(verdict="near", measures=(CUT,))
    assert cut([first, last]) == [first, Outcome(verdict="near", measures=(CUT, CUT))]
    assert cut([]) == []


def test_every_measure_has_its_metric() -> None:
    telemetry = Telemetry()
    answers = (Answer(Verdict.NEAR, ID, 0.7), Answer(Verdict.NEW, ID, related=LINKS))
    outcomes = cut([Outcome(verdict="new", measures=figures(each)) for each in answers])
    telemetry.count_batch([], outcomes)
    text = telemetry.exposition().decode()
    assert 'headrace_similarity_ratio_bucket{le="0.7",verdict="near"} 1.0' in text
    assert "headrace_related_total 2.0" in text
    assert "headrace_cut_claims_total 1.0" in text
