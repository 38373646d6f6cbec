"""Charts of what was measured, as SVG: lines over a logarithmic or an even axis, and bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 60
COLOURS = ("#1f6f8b", "#c2571a", "#5b8c2a", "#7a4fa3", "#b3872d", "#b03a5b")
STYLE = "font-family='sans-serif' font-size='13'"


def lines(title: str, across: str, up: str, series: Mapping[str, Points]) -> str:
    """Draw each series as a line.

    Args:
        title: above the chart.
        across: what the horizontal axis is, which is logarithmic.
        up: what the vertical axis is, which begins at 0.
        series: points by name; all above 0.
    """
    points = [point for each in series.values() for point in each]
    low, high = (end(x for x, _ in points) for end in (min, max))
    most = _rounded_up(max(y for _, y in points))

    def placed(x: float, y: float) -> tuple[float, float]:
        share = math.log(x / low) / math.log(high / low)
        return LEFT + share * (WIDTH - LEFT - RIGHT), _height(y, most)

    def drawn() -> Iterator[str]:
        yield from _frame(title, up, most)
        for x in sorted({x for x, _ in points}):
            yield _text(placed(x, 0)[0], HEIGHT - BOTTOM + 18, _short(x), "middle")
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 20, across, "middle")
        for number, (name, each) in enumerate(series.items()):
            colour = COLOURS[number % len(COLOURS)]
            at = " ".join(f"{x:.1f},{y:.1f}" for x, y in (placed(*point) for point in each))
            yield f"<polyline points='{at}' fill='none' stroke='{colour}' stroke-width='2.5'/>"
            yield _key(number, name, colour)

    return _svg(drawn())


def curves(title: str, across: str, up: str, series: Mapping[str, Points]) -> str:
    """Draw each series as a line of many points, over an even axis that begins at 0.

    Args:
        title: above the chart.
        across: what the horizontal axis is.
        up: what the vertical axis is, which begins at 0.
        series: points by name; none below 0.
    """
    points = [point for each in series.values() for point in each]
    far, most = max(x for x, _ in points), _rounded_up(max(y for _, y in points))

    def placed(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / far * (WIDTH - LEFT - RIGHT), _height(y, most)

    def drawn() -> Iterator[str]:
        yield from _frame(title, up, most)
        step = _rounded_up(far / 6)
        for x in (step * number for number in range(int(far / step) + 1)):
            yield _text(placed(x, 0)[0], HEIGHT - BOTTOM + 18, _short(x), "middle")
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 20, across, "middle")
        for number, (name, each) in enumerate(series.items()):
            colour = COLOURS[number % len(COLOURS)]
            at = " ".join(f"{x:.1f},{y:.1f}" for x, y in (placed(*point) for point in each))
            yield f"<polyline points='{at}' fill='none' stroke='{colour}' stroke-width='1.5'/>"
            yield _text(LEFT + 110 * number, HEIGHT - 4, name, "start", colour)

    return _svg(drawn())


def bars(title: str, up: str, series: Mapping[str, float]) -> str:
    """Draw a bar for each name, its value above it; ``up`` is what the values are."""
    most = _rounded_up(max(series.values()))
    step = (WIDTH - LEFT - RIGHT) / len(series)

    def drawn() -> Iterator[str]:
        yield from _frame(title, up, most)
        for number, (name, value) in enumerate(series.items()):
            left, top = LEFT + (number + 0.25) * step, _height(value, most)
            colour = COLOURS[number % len(COLOURS)]
            yield (
                f"<rect x='{left:.1f}' y='{top:.1f}' width='{step / 2:.1f}' "
                f"height='{HEIGHT - BOTTOM - top:.1f}' fill='{colour}'/>"
            )
            middle = left + step / 4
            yield _text(middle, top - 6, _exact(value), "middle")
            yield _text(middle, HEIGHT - BOTTOM + 18, name, "middle")

    return _svg(drawn())


def _frame(title: str, up: str, most: float) -> Iterator[str]:
    yield _text(LEFT, 22, title, "start")
    yield _text(LEFT, 40, up, "start")
    for part in range(5):
        value = most * part / 4
        y = _height(value, most)
        yield f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y:.1f}' y2='{y:.1f}' stroke='#ddd'/>"
        yield _text(LEFT - 8, y + 4, f"{value:,g}", "end")


def _key(number: int, name: str, colour: str) -> str:
    y = HEIGHT - BOTTOM - 14 - 20 * number
    swatch = f"<rect x='{WIDTH - RIGHT - 16}' y='{y - 10}' width='12' height='12' fill='{colour}'/>"
    return swatch + _text(WIDTH - RIGHT - 22, y, name, "end")


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333") -> str:
    place = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'"
    return f"<text {place} {STYLE} fill='{colour}'>{escape(text)}</text>"


def _svg(drawn: Iterator[str]) -> str:
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}'>"
    ground = f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>"
    return "\n".join((head, ground, *drawn, "</svg>\n"))


def _height(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM)


def _rounded_up(value: float) -> float:
    """Give the next value above that divides well by four."""
    unit = 10 ** math.floor(math.log10(value))
    return next(unit * factor for factor in (1, 2, 4, 6, 8, 10) if unit * factor >= value)


def _exact(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"


def _short(number: float) -> str:
    if number >= 1_000_000:
        return f"{number / 1e6:.3g}M"
    return f"{number / 1e3:.3g}k" if number >= 1_000 else f"{number:g}"
