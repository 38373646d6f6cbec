"""Expressions that more than one panel asks for."""

from __future__ import annotations

from collections.abc import Mapping

WINDOW = "[$__rate_interval]"
"""Grafana's: wide enough for four samples, and for one point of the picture."""

JOB = '{job="headrace"}'


def rate(metric: str, by: str = "", **labels: str) -> str:
    """Give the increase a second of a counter of ours, summed over all but the labels ``by``."""
    over = f" by ({by}) " if by else ""
    return f"sum{over}(rate(headrace_{metric}{_chosen(labels)}{WINDOW}))"


def share(part: str, whole: str) -> str:
    """Give a share; nothing, and no division by 0, while there is no whole."""
    return f"{part} / ({whole} > 0)"


def quantile(fraction: float, metric: str, by: str = "", **labels: str) -> str:
    """Give a quantile of a histogram of ours."""
    over = f"{by}, le" if by else "le"
    return f"histogram_quantile({fraction}, {rate(f'{metric}_bucket', over, **labels)})"


def mean(metric: str, by: str = "", **labels: str) -> str:
    """Give the mean of what a histogram of ours observed."""
    return share(rate(f"{metric}_sum", by, **labels), rate(f"{metric}_count", by, **labels))


def spread(metric: str, **labels: str) -> str:
    """Give the observations of a histogram of ours by bucket, for a heatmap."""
    return f"sum by (le) (increase(headrace_{metric}_bucket{_chosen(labels)}{WINDOW}))"


def _chosen(labels: Mapping[str, str]) -> str:
    matchers = ", ".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{matchers}}}" if matchers else ""
