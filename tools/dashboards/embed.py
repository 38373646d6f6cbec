"""Embed: how fast texts become vectors, and whether the vectors are any good."""

from __future__ import annotations

from tools.dashboards.panel import Dashboard, Panel, Query, Row, Unit
from tools.dashboards.queries import mean, quantile, rate, share, spread
from tools.dashboards.shared import lanes, processes, steps

TOKENS = rate("tokens_total", service="embed")
PADDING = rate("padding_tokens_total", service="embed")
TEXTS = rate("outcomes_total", service="embed", verdict="embedded")
HANDLING = rate("step_seconds_sum", service="embed", step="handle")

EMBED = Dashboard(
    name="embed",
    title="Headrace / Embed",
    about="How fast texts become vectors, and whether the vectors are any good.",
    rows=(
        Row(
            "Pace",
            (
                Panel(
                    title="Texts",
                    queries=(Query(TEXTS, "texts"),),
                    about="Papers embedded and committed, a second.",
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    title="Tokens",
                    queries=(Query(TOKENS, "tokens"), Query(PADDING, "padding")),
                    about="Padding is computed beside the texts of a batch and thrown away.",
                    unit=Unit.PER_SECOND,
                    stacked=True,
                ),
                Panel(
                    title="Share of padding",
                    queries=(Query(share(PADDING, f"({TOKENS} + {PADDING})"), "padding"),),
                    about="Of all tokens computed.",
                    unit=Unit.SHARE,
                    most=1.0,
                ),
                Panel(
                    title="Batches",
                    queries=(Query(spread("batch_records", service="embed"), "{{le}}"),),
                    about="Papers of one transaction; small ones while there is little to do.",
                    kind="heatmap",
                ),
                Panel(
                    title="Tokens of a text",
                    queries=(Query(share(TOKENS, TEXTS), "mean"),),
                    about="Half as many from one day to the next: abstracts are missing.",
                ),
                Panel(
                    title="Share of texts cut",
                    queries=(
                        Query(share(rate("truncated_texts_total", service="embed"), TEXTS), "cut"),
                    ),
                    about="Longer than embed.max_tokens.",
                    unit=Unit.SHARE,
                    most=1.0,
                ),
                Panel(
                    title="Seconds a text",
                    queries=(Query(share(HANDLING, TEXTS), "mean"),),
                    about="Of handling, so that it holds for any load.",
                    unit=Unit.SECONDS,
                ),
                steps("embed"),
                lanes("embed"),
            ),
        ),
        Row(
            "Vectors",
            (
                Panel(
                    title="Effective rank",
                    queries=(
                        Query('headrace_effective_rank{service="embed"} > 0', "{{instance}}"),
                    ),
                    about="Directions in use by the last 1,024 vectors. Half of the day's is the "
                    "alert HeadraceEmbeddingsCollapse.",
                    nothing="fewer than 64 vectors yet",
                ),
                Panel(
                    title="Distance from the mean",
                    queries=(Query(spread("outlier_ratio", service="embed"), "{{le}}"),),
                    about="1 less the cosine. A second cloud is a second kind of text.",
                    kind="heatmap",
                ),
                Panel(
                    title="Title and abstract",
                    queries=tuple(
                        Query(quantile(part, "title_abstract_ratio", service="embed"), name)
                        for part, name in ((0.5, "p50"), (0.05, "p5"))
                    ),
                    about="Cosine of the two, of one paper in 64; wrong parsing lets it fall.",
                    unit=Unit.SHARE,
                    least=None,
                ),
                Panel(
                    title="Length of a vector",
                    queries=(
                        Query('headrace_norm_deviation_ratio{service="embed"}', "{{instance}}"),
                    ),
                    about="How far from 1 the worst of the last 1,024 is.",
                ),
                Panel(
                    title="Vectors mended",
                    queries=(
                        Query(
                            rate("mended_vectors_total", "instance", service="embed"),
                            "{{instance}}",
                        ),
                    ),
                    about="Unusable at first, and computed again by the reference: should never "
                    "happen.",
                    unit=Unit.PER_SECOND,
                ),
                Panel(
                    title="Mean distance",
                    queries=(Query(mean("outlier_ratio", service="embed"), "from the mean"),),
                    about="Towards 0, all vectors become one.",
                    unit=Unit.NUMBER,
                ),
            ),
        ),
        Row(
            "Machine",
            (
                Panel(
                    title="Execution provider",
                    queries=(
                        Query(
                            'headrace_provider_info{service="embed"} == 1',
                            "{{instance}} {{provider}}",
                        ),
                    ),
                    about="What runs the model. The CPU where a GPU was is the alert "
                    "HeadraceCpuFallback.",
                    kind="stat",
                    named=True,
                    nothing="the model is not open yet",
                ),
                *processes("embed"),
            ),
        ),
    ),
)
