"""Dedupe: what is known already, and how the index is."""

from __future__ import annotations

from tools.dashboards.panel import Dashboard, Panel, Query, Row, Unit
from tools.dashboards.queries import mean, rate, spread
from tools.dashboards.shared import lanes, processes, steps

OF_DEDUPE = '{service="dedupe"}'

DEDUPE = Dashboard(
    name="dedupe",
    title="Headrace / Dedupe",
    about="What is known already, and how the index is.",
    rows=(
        Row(
            "Verdicts",
            (
                Panel(
                    title="Verdicts",
                    queries=(
                        Query(rate("outcomes_total", "verdict", service="dedupe"), "{{verdict}}"),
                    ),
                    about="new and revised go on to embed; exact and near are sightings alone.",
                    unit=Unit.PER_SECOND,
                    stacked=True,
                ),
                Panel(
                    title="Share of duplicates",
                    queries=(Query("headrace_duplicates:ratio_rate1h", "last hour"),),
                    about="Exact and near ones of all listed papers.",
                    unit=Unit.SHARE,
                    most=1.0,
                ),
                Panel(
                    title="Similarity of near copies",
                    queries=(Query(spread("similarity_ratio", verdict="near"), "{{le}}"),),
                    about="To the paper that they are. A crowd just above the threshold is worth a "
                    "look at what was merged.",
                    unit=Unit.SHARE,
                    kind="heatmap",
                    nothing="no near copies",
                ),
                Panel(
                    title="Mean similarity",
                    queries=(Query(mean("similarity_ratio", "verdict"), "{{verdict}}"),),
                    about="Of near copies and revisions to the paper that they are.",
                    unit=Unit.SHARE,
                    most=1.0,
                    nothing="no near copies",
                ),
                Panel(
                    title="Links to papers much alike",
                    queries=(Query(rate("related_total", service="dedupe"), "links"),),
                    about="From new papers; series and sequels, and nothing is merged.",
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    title="Sightings of papers taken down",
                    queries=(Query(rate("forgotten_sightings_total", service="dedupe"), "seen"),),
                    about="Somebody still lists what `headrace forget` took down.",
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Index",
            (
                Panel(
                    title="Wordings in the index",
                    queries=(
                        Query(f"max by (kind) (headrace_index_records{OF_DEDUPE})", "{{kind}}"),
                    ),
                    about="Papers, other wordings of them, and revisions.",
                    stacked=True,
                ),
                Panel(
                    title="How full it is",
                    queries=(
                        Query(f"max(headrace_index_capacity_ratio{OF_DEDUPE})", "of its capacity"),
                        Query(
                            f"max(headrace_index_memory_bytes{OF_DEDUPE})"
                            f" / (max(headrace_index_memory_limit_bytes{OF_DEDUPE}) > 0)",
                            "of the server's memory",
                        ),
                    ),
                    about="Beyond its capacity it is slower; beyond the memory dedupe waits.",
                    unit=Unit.SHARE,
                    limits=(0.8, 1.0),
                ),
                Panel(
                    title="Memory of the server",
                    queries=(
                        Query(f"max(headrace_index_memory_bytes{OF_DEDUPE})", "in use"),
                        Query(f"max(headrace_index_memory_limit_bytes{OF_DEDUPE}) > 0", "limit"),
                    ),
                    about="No limit is drawn where the server has none.",
                    unit=Unit.BYTES,
                ),
                Panel(
                    title="Memory a wording",
                    queries=(
                        Query(
                            f"max(headrace_index_memory_bytes{OF_DEDUPE})"
                            f" / (sum(max by (kind) (headrace_index_records{OF_DEDUPE})) > 0)",
                            "bytes",
                        ),
                    ),
                    about="Of the whole server; `headrace index stats` measures the index alone.",
                    unit=Unit.BYTES,
                ),
                Panel(
                    title="Catch-up",
                    queries=(
                        Query(f"max(headrace_index_catch_up_records{OF_DEDUPE})", "read"),
                        Query(f"max(headrace_index_catch_up_left_records{OF_DEDUPE})", "left"),
                    ),
                    about="Records of unique, from which a lost index is made anew.",
                ),
                Panel(
                    title="Changes of the mark",
                    queries=(
                        Query(
                            rate("lane_starts_total", "reason", service="dedupe"),
                            "lanes {{reason}}",
                        ),
                    ),
                    about="stale: lanes that began anew since the index has another lifetime.",
                    unit=Unit.PER_SECOND,
                ),
            ),
        ),
        Row(
            "Work",
            (
                steps("dedupe"),
                lanes("dedupe"),
                Panel(
                    title="Claims that were cut",
                    queries=(Query(rate("cut_claims_total", service="dedupe"), "cut"),),
                    about="They ended before a paper that waits for another lane's.",
                    unit=Unit.PER_SECOND,
                ),
                *processes("dedupe"),
            ),
        ),
    ),
)
