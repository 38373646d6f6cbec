"""Ingest: which pages come, and whether they are read as they are meant."""

from __future__ import annotations

from tools.dashboards.panel import Dashboard, Panel, Query, Row, Unit
from tools.dashboards.queries import mean, rate, share, spread
from tools.dashboards.shared import lanes, processes, steps


def _share_of_pages(title: str, metric: str, about: str) -> Panel:
    part, whole = rate(metric, "layout"), rate("pages_total", "layout")
    return Panel(
        title=title,
        queries=(Query(share(part, whole), "{{layout}}"),),
        about=about,
        unit=Unit.SHARE,
        most=1.0,
    )


def _mean_of_pages(title: str, metric: str, about: str) -> Panel:
    return Panel(
        title=title,
        queries=(Query(mean(metric, "layout"), "{{layout}}"),),
        about=about,
        unit=Unit.SHARE,
        most=1.0,
    )


INGEST = Dashboard(
    name="ingest",
    title="Headrace / Ingest",
    about="Which pages come, and whether they are read as they are meant.",
    rows=(
        Row(
            "Pages",
            (
                Panel(
                    title="Pages by layout",
                    queries=(Query(rate("pages_total", "layout"), "{{layout}}"),),
                    about="Pages that were read, a second.",
                    unit=Unit.PER_SECOND,
                    stacked=True,
                ),
                Panel(
                    title="Pages by source",
                    queries=(Query(f"topk(10, {rate('pages_total', 'source')})", "{{source}}"),),
                    about="The ten that send most; beyond fifty names, all others are `other`.",
                    unit=Unit.PER_SECOND,
                    stacked=True,
                ),
                Panel(
                    title="Papers of a page",
                    queries=(Query(spread("page_papers"), "{{le}}"),),
                    about="A site that lists 50 and gives 0 has changed its pages.",
                    kind="heatmap",
                ),
                Panel(
                    title="Bytes",
                    queries=(Query(rate("record_bytes_total", service="ingest"), "pages"),),
                    about="Of pages as they came, packed or not, a second.",
                    unit=Unit.BYTES_PER_SECOND,
                ),
                lanes("ingest"),
                Panel(
                    title="Dead letters",
                    queries=(
                        Query(
                            f"{rate('dead_letters_total', 'reason', service='ingest')} > 0",
                            "{{reason}}",
                        ),
                    ),
                    about="unknown_layout and bad_item first: a site has changed its pages.",
                    unit=Unit.PER_SECOND,
                    nothing="no dead letters",
                    stacked=True,
                ),
            ),
        ),
        Row(
            "Does the layout still fit its site?",
            (
                _share_of_pages(
                    "Empty pages", "empty_pages_total", "Share of pages that list no papers."
                ),
                _share_of_pages(
                    "Partial pages",
                    "partial_pages_total",
                    "Share of pages that list another number of papers than they declare.",
                ),
                _share_of_pages(
                    "Pages out of step",
                    "out_of_step_pages_total",
                    "Share of pages whose titles fit their neighbours' abstracts better.",
                ),
                _mean_of_pages(
                    "Papers without an abstract",
                    "page_without_abstract_ratio",
                    "Mean share of a page's papers; a jump is a layout that lost it.",
                ),
                _mean_of_pages(
                    "Coverage",
                    "page_coverage_ratio",
                    "Mean share of a page's characters that are titles and abstracts.",
                ),
                _mean_of_pages(
                    "Titles out of step",
                    "page_out_of_step_ratio",
                    "Mean share of a page's titles that fit a neighbour's abstract better.",
                ),
            ),
        ),
        Row(
            "Work",
            (
                steps("ingest"),
                Panel(
                    title="Parsers that a page ended",
                    queries=(Query(rate("parser_ends_total", "reason"), "{{reason}}"),),
                    about="Child processes; each such page is tried once more, then a dead letter.",
                    unit=Unit.PER_SECOND,
                ),
                *processes("ingest"),
            ),
        ),
    ),
)
