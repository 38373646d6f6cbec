"""What is counted of a page that was read: how it shows that a layout no longer fits its site."""

from __future__ import annotations

from services.common.outcomes import Measure
from services.ingest.drift import OUT_OF_STEP
from services.ingest.layouts.layout import PARTIAL
from services.ingest.reading import Reading

LABEL_CHARACTERS = 100


def figures(reading: Reading, source: str) -> tuple[Measure, ...]:
    """Give what is counted of a page, once it is committed; shares only where there are papers."""
    measures = reading.measures
    facts = {
        "pages_total": 1.0,
        "page_papers": float(measures.papers),
        "empty_pages_total": float(measures.papers == 0),
        "partial_pages_total": float(PARTIAL in reading.flags),
        "out_of_step_pages_total": float(OUT_OF_STEP in reading.flags),
    }
    if measures.papers:
        facts |= {
            "page_without_abstract_ratio": measures.without_abstract,
            "page_coverage_ratio": measures.coverage,
            "page_out_of_step_ratio": measures.out_of_step,
        }
    labels = (reading.layout, source[:LABEL_CHARACTERS])
    return tuple(Measure(metric=name, value=value, labels=labels) for name, value in facts.items())
