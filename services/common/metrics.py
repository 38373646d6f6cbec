"""Every metric in one table, with its meaning and what its label may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LATENCY = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
SHARES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
LIKENESS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
DISTANCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

SOURCE = "source"
MOST_SOURCES = 50
OTHER = "other"
"""Where a page is from, as a label: the first ones by name, so that nobody makes it grow."""

OF_PAGES: Mapping[str, Sequence[str]] = {"layout": (), SOURCE: ()}

STEPS = ("handle", "produce", "verify", "commit")
WAITS = (
    "kafka_unavailable",
    "redis_unavailable",
    "redis_full",
    "index_catching_up",
    "not_yet",
    "too_many_dead_letters",
    "no_parser",
)
STARTS = ("assigned", "stale")
ENDS = ("parse_too_slow", "parse_too_large", "parser_crashed")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, and the values of its label that are initialised at the start, if it has one.

    With two labels it has none: which of their values meet is known only when they do.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    buckets: Sequence[float] = SECONDS


METRICS: tuple[Metric, ...] = (
    Metric(
        "build_info",
        "gauge",
        "1 for the version that is installed and the digest of the code that runs.",
        {"version": (), "digest": ()},
    ),
    Metric("records_total", "counter", "Input records whose outcome is committed."),
    Metric(
        "record_bytes_total", "counter", "Bytes of the input records whose outcome is committed."
    ),
    Metric("outcomes_total", "counter", "Input records by what became of them.", {"verdict": ()}),
    Metric("written_total", "counter", "Records written, by topic.", {"topic": ()}),
    Metric("dead_letters_total", "counter", "Dead letters written, by reason.", {"reason": ()}),
    Metric("batch_records", "histogram", "Input records in one transaction.", buckets=SIZES),
    Metric("step_seconds", "histogram", "Duration of one step of a batch.", {"step": STEPS}),
    Metric(
        "end_to_end_seconds",
        "histogram",
        "From the page's arrival on its topic to the commit of what came of it.",
        buckets=LATENCY,
    ),
    Metric("lag_records", "gauge", "Input records not yet committed, by partition.", {"lane": ()}),
    Metric("in_flight_records", "gauge", "Input records taken and not yet committed."),
    Metric("lanes", "gauge", "Input partitions that this process works on."),
    Metric("ready", "gauge", "1 while every lane works, 0 while one waits."),
    Metric("lane_starts_total", "counter", "Starts of a lane's producer.", {"reason": STARTS}),
    Metric(
        "waiting_seconds_total",
        "counter",
        "Seconds that lanes waited for what they need.",
        {"reason": WAITS},
    ),
    Metric("pages_total", "counter", "Pages that were read.", OF_PAGES),
    Metric("empty_pages_total", "counter", "Pages that list no papers.", OF_PAGES),
    Metric(
        "partial_pages_total",
        "counter",
        "Pages that list another number of papers than they declare, or were cut.",
        OF_PAGES,
    ),
    Metric(
        "out_of_step_pages_total",
        "counter",
        "Pages whose titles fit the abstracts of their neighbours better than their own.",
        OF_PAGES,
    ),
    Metric("page_papers", "histogram", "Papers of one page.", OF_PAGES, (0, *SIZES)),
    Metric(
        "page_without_abstract_ratio",
        "histogram",
        "Share of a page's papers that have no abstract.",
        OF_PAGES,
        SHARES,
    ),
    Metric(
        "page_coverage_ratio",
        "histogram",
        "Share of a page's characters that are titles and abstracts.",
        OF_PAGES,
        SHARES,
    ),
    Metric(
        "page_out_of_step_ratio",
        "histogram",
        "Share of a page's titles that fit a neighbour's abstract better than their own.",
        OF_PAGES,
        SHARES,
    ),
    Metric(
        "parser_ends_total",
        "counter",
        "Child processes of ingest that a page ended, by how.",
        {"reason": ENDS},
    ),
    Metric("tokens_total", "counter", "Tokens of embedded texts, special ones included."),
    Metric(
        "padding_tokens_total",
        "counter",
        "Tokens computed beside those of the texts, to fill batches.",
    ),
    Metric("truncated_texts_total", "counter", "Embedded texts that were cut at the limit."),
    Metric(
        "outlier_ratio",
        "histogram",
        "How far a vector is from the mean of the last ones: 1 less the cosine.",
        buckets=DISTANCES,
    ),
    Metric(
        "title_abstract_ratio",
        "histogram",
        "Cosine of title and abstract, of one paper in 64: wrong parsing lets them go apart.",
        buckets=SHARES,
    ),
    Metric(
        "effective_rank",
        "gauge",
        "Directions in use by the last 1,024 vectors, counted softly (RankMe).",
    ),
    Metric(
        "norm_deviation_ratio",
        "gauge",
        "How far from 1 a vector's length is, at most, among the last 1,024.",
    ),
    Metric("provider_info", "gauge", "1 for the execution provider in use.", {"provider": ()}),
    Metric(
        "mended_vectors_total",
        "counter",
        "Vectors that were unusable at first and were computed again by the reference.",
    ),
    Metric(
        "similarity_ratio",
        "histogram",
        "Estimated similarity of near copies and revisions to the paper that they are.",
        {"verdict": ("near", "revised")},
        LIKENESS,
    ),
    Metric("forgotten_sightings_total", "counter", "Sightings of papers that are taken down."),
    Metric("related_total", "counter", "Links from new papers to others that are much alike."),
    Metric(
        "cut_claims_total",
        "counter",
        "Claims that ended before a paper that waits for another lane.",
    ),
    Metric(
        "index_records",
        "gauge",
        "Wordings in the index, within the last minute.",
        {"kind": ("paper", "alias", "revision")},
    ),
    Metric(
        "index_capacity_ratio",
        "gauge",
        "Wordings in the index as a share of the capacity that it is laid out for.",
    ),
    Metric("index_memory_bytes", "gauge", "Memory of the index's server, within the last minute."),
    Metric(
        "index_memory_limit_bytes",
        "gauge",
        "Most memory that the index's server may take; 0 where it has no bound.",
    ),
    Metric(
        "index_evicts",
        "gauge",
        "1 while the index's server may drop papers when its memory is full.",
    ),
    Metric("index_catch_up_records", "gauge", "Records of unique read by the last catch-up."),
    Metric(
        "index_catch_up_left_records",
        "gauge",
        "Offsets of unique still to be caught up.",
    ),
)

PREFIX = "headrace_"
