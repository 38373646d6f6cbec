"""A chart is an SVG that shows what it was given."""

from __future__ import annotations

from lxml import etree

from bench import chart

SVG = "{http://www.w3.org/2000/svg}"


def test_a_line_rises_with_its_values_and_equal_ratios_are_equally_far_apart() -> None:
    points = [(10.0, 10.0), (100.0, 20.0), (1_000.0, 40.0)]
    drawn = etree.fromstring(chart.lines("title", "papers", "us", {"a": points}))
    (line,) = drawn.iter(SVG + "polyline")
    places = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
    (left, low), (middle, half), (right, high) = places
    assert middle - left == right - middle
    assert low > half > high
    assert high == chart.TOP


def test_bars_are_as_high_as_their_values_and_names_are_escaped() -> None:
    drawn = etree.fromstring(chart.bars("title", "owners", {"a < b": 1.0, "c": 2.0}))
    heights = [float(bar.get("height")) for bar in drawn.iter(SVG + "rect") if bar.get("x")]
    assert heights[1] == 2 * heights[0] > 0
    assert {"a < b", "1.00", "2.00"} <= {text.text for text in drawn.iter(SVG + "text")}


def test_a_curve_has_an_even_axis_that_begins_at_nothing() -> None:
    points = [(0.0, 0.0), (500.0, 10.0), (1_000.0, 40.0)]
    drawn = etree.fromstring(chart.curves("title", "seconds", "papers", {"a": points, "b": points}))
    first, second = drawn.iter(SVG + "polyline")
    places = [tuple(map(float, point.split(","))) for point in first.get("points").split()]
    assert first.get("points") == second.get("points")
    assert [x for x, _ in places] == [chart.LEFT, (chart.LEFT + 700) / 2, 700]
    assert places[0][1] == chart.HEIGHT - chart.BOTTOM
    assert places[2][1] == chart.TOP
    assert {"a", "b", "1k"} <= {text.text for text in drawn.iter(SVG + "text")}
