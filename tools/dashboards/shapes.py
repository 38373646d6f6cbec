"""What stands in a panel's box, as SVG: lines, bands of states, cells."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from tools.dashboards.amounts import ceiling, said
from tools.dashboards.asking import Points, Series, Span
from tools.dashboards.panel import Panel

COLOURS = (
    "#3274d9", "#e0752d", "#56a64b", "#a352cc", "#e02f44", "#b7950b", "#17a2a2", "#7f5539",
)  # fmt: skip
GRID, DARK, RED, GREEN, HOT = "#e6e8eb", "#777", "#e02f44", "#56a64b", "#d9600a"
LEFT, RIGHT, ABOVE, BELOW = 66, 10, 26, 34
LETTER = 6.6
"""Width of a letter, about."""

GAP_STEPS = 1.5
"""Points that are further apart are not joined: the service was away."""

Named = Sequence[tuple[str, Series]]


class Box(NamedTuple):
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def inner(self) -> Box:
        """Give what axes and legend leave."""
        return Box(
            self.x + LEFT,
            self.y + ABOVE,
            self.width - LEFT - RIGHT,
            self.height - ABOVE - BELOW,
        )

    def across(self, at: float, span: Span) -> float:
        return self.x + self.width * (at - span.start) / (span.end - span.start)

    def up(self, value: float, most: float) -> float:
        return self.y + self.height * (1 - min(value, most) / most)


def lines(panel: Panel, named: Named, box: Box, span: Span) -> Iterator[str]:
    """Draw a line for each series, with an axis from 0 on, the limits, and a legend."""
    plot = box.inner()
    if panel.stacked:
        named = _stacked(named)
    most = panel.most or ceiling(
        max(value for _, each in named for _, value in each.points), panel.unit
    )
    for part in range(3):
        value = most * part / 2
        yield _line(plot.x, plot.x + plot.width, plot.up(value, most), GRID)
        label = said(value, panel.unit)
        yield text(plot.x - 5, plot.up(value, most) + 4, label, anchor="end", colour=DARK)
    yield from _times(plot, span)
    for limit, colour in zip(panel.limits or (), ("#e5a50a", RED), strict=False):
        if limit <= most:
            yield _line(plot.x, plot.x + plot.width, plot.up(limit, most), colour, dash="4 4")
    for number, (_, series) in enumerate(named):
        for piece in _pieces(series.points, span):
            at = " ".join(
                f"{plot.across(t, span):.0f},{plot.up(value, most):.1f}" for t, value in piece
            )
            colour = COLOURS[number % len(COLOURS)]
            yield f"<polyline points='{at}' fill='none' stroke='{colour}' stroke-width='1.4'/>"
    yield from _legend([name for name, _ in named], box)


def states(named: Named, box: Box, span: Span) -> Iterator[str]:
    """Draw a band for each series: green where it is 1, red where it is 0, nothing in a gap."""
    plot = box.inner()._replace(x=box.x + RIGHT, width=box.width - 2 * RIGHT)
    high = plot.height / len(named)
    yield from _times(plot, span)
    for number, (name, series) in enumerate(named):
        top = plot.y + number * high
        for piece in _pieces(series.points, span):
            for value, run in itertools.groupby(piece, key=lambda point: point[1]):
                times = [at for at, _ in run]
                left, right = plot.across(times[0], span), plot.across(times[-1], span)
                wide = max(right - left, plot.width * span.step / (span.end - span.start))
                colour = GREEN if value else RED
                yield _rectangle(Box(left, top + 2, wide, high - 4), colour)
        yield text(plot.x + 6, top + high / 2 + 4, name, colour="#fff")


def heatmap(found: Sequence[Series], box: Box, span: Span) -> Iterator[str]:
    """Draw a cell for each bucket and time, the darker the more observations it has."""
    plot = box.inner()
    bounds, cells = _cells(found)
    most = max(cells.values(), default=0.0)
    yield from _times(plot, span)
    wide = plot.width * span.step / (span.end - span.start)
    high = plot.height / max(1, len(bounds))
    for row, bound in enumerate(bounds):
        top = plot.y + plot.height - (row + 1) * high
        if row % max(1, len(bounds) // 4) == 0:
            yield text(plot.x - 5, top + 4, f"≤ {bound}", anchor="end", colour=DARK)
        for (at, number), value in cells.items():
            if number == row and value > 0.01 * most:
                left = plot.across(at, span) - wide
                cell = Box(max(plot.x, left), top, wide, high)
                yield _rectangle(cell, HOT, opacity=round(0.15 + 0.85 * value / most, 2))


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 11,
    colour: str = "#333",
    weight: str = "normal",
) -> str:
    """Give words at a place."""
    style = f"text-anchor='{anchor}' font-size='{size}' fill='{colour}' font-weight='{weight}'"
    return f"<text x='{x:.0f}' y='{y:.0f}' {style}>{escape(words)}</text>"


def _cells(found: Sequence[Series]) -> tuple[list[str], Mapping[tuple[float, int], float]]:
    """Give the buckets from the least on, and by time and bucket how many are in it alone."""
    ordered = sorted(found, key=lambda series: float(series.labels["le"]))
    below: dict[float, float] = {}
    cells = {}
    for number, series in enumerate(ordered):
        for at, value in series.points:
            cells[at, number] = max(0.0, value - below.get(at, 0.0))
            below[at] = value
    return [series.labels["le"] for series in ordered], cells


def _stacked(named: Named) -> list[tuple[str, Series]]:
    below: dict[float, float] = {}
    raised = []
    for name, series in named:
        points = [(at, value + below.get(at, 0.0)) for at, value in series.points]
        below |= dict(points)
        raised.append((name, series._replace(points=points)))
    return raised


def _pieces(points: Points, span: Span) -> Iterator[Points]:
    """Yield the stretches between gaps."""
    piece: list[tuple[float, float]] = []
    for point in points:
        if piece and point[0] - piece[-1][0] > GAP_STEPS * span.step:
            yield piece
            piece = []
        piece.append(point)
    if piece:
        yield piece


def _times(plot: Box, span: Span) -> Iterator[str]:
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        at = time.gmtime(span.start + share * (span.end - span.start))
        x, y = plot.x + share * plot.width, plot.y + plot.height + 13
        yield text(x, y, time.strftime("%H:%M", at), anchor=anchor, colour=DARK)


def _legend(names: Sequence[str], box: Box) -> Iterator[str]:
    x, y = box.x + 10, box.y + box.height - 7
    for number, name in enumerate(names):
        after = x + 16 + LETTER * len(name) + 8
        # The last one needs no room for the count of those that are left out.
        if after > box.x + box.width - (30 if number < len(names) - 1 else 0):
            yield text(x, y, f"+{len(names) - number}", colour=DARK)
            return
        yield _rectangle(Box(x, y - 6, 10, 3), COLOURS[number % len(COLOURS)])
        yield text(x + 14, y, name)
        x = after


def _line(left: float, right: float, y: float, colour: str, *, dash: str = "none") -> str:
    return (
        f"<line x1='{left:.0f}' x2='{right:.0f}' y1='{y:.1f}' y2='{y:.1f}' stroke='{colour}' "
        f"stroke-dasharray='{dash}'/>"
    )


def _rectangle(box: Box, colour: str, *, opacity: float = 1.0) -> str:
    return (
        f"<rect x='{box.x:.1f}' y='{box.y:.1f}' width='{box.width:.1f}' "
        f"height='{box.height:.1f}' fill='{colour}' fill-opacity='{opacity}'/>"
    )
