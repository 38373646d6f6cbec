"""A dashboard's picture shows what Prometheus gave, in its place and unit, and gaps as gaps."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from tools.dashboards.amounts import ceiling, said
from tools.dashboards.asking import Series, Span, windowed
from tools.dashboards.panel import Panel, Query, Row, Unit
from tools.dashboards.picture import Answered, drawn, legend
from tools.dashboards.shapes import Box, heatmap, lines, states
from tools.dashboards.table import DASHBOARDS

SPAN = Span(0.0, 600.0, 10.0)
BOX = Box(0, 0, 400, 160)
PANEL = Panel(title="A panel", queries=(Query("x", "{{service}}"),), about="Of a test.")
RECTANGLE = re.compile(
    r"<rect x='([\d.]+)' y='([\d.]+)' width='([\d.]+)' height='([\d.]+)' fill='(.*?)' "
    r"fill-opacity='(.*?)'/>"
)


def series(values, *, start=0, **labels) -> Series:
    return Series(labels, [(start + 10.0 * n, value) for n, value in enumerate(values)])


def polylines(parts) -> list[str]:
    return re.findall(r"points='(.*?)'", "".join(parts))


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, Unit.NUMBER, "0"),
        (1234, Unit.NUMBER, "1.23k"),
        (0.5, Unit.SHARE, "50 %"),
        (12.3, Unit.PER_SECOND, "12.3/s"),
        (0.0123, Unit.SECONDS, "12.3 ms"),
        (12, Unit.SECONDS, "12 s"),
        (600, Unit.SECONDS, "10 min"),
        (3 * 2**20, Unit.BYTES, "3 MiB"),
        (2048, Unit.BYTES_PER_SECOND, "2 KiB/s"),
        (0.25, Unit.CORES, "0.25 cores"),
    ],
)
def test_a_value_is_said_in_its_unit(value, unit, expected):
    assert said(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, Unit.NUMBER, 1),
        (0.3, Unit.SHARE, 0.4),
        (1, Unit.NUMBER, 1),
        (23, Unit.PER_SECOND, 40),
        (900, Unit.NUMBER, 1000),
        (90, Unit.SECONDS, 100),
        (250, Unit.SECONDS, 5 * 60),
        (3 * 2**20, Unit.BYTES, 4 * 2**20),
    ],
)
def test_an_axis_ends_at_a_round_number_above(value, unit, expected):
    assert ceiling(value, unit) == pytest.approx(expected)


def test_the_window_is_a_step_or_four_samples():
    assert windowed("rate(x[$__rate_interval])", SPAN) == "rate(x[20s])"
    assert windowed("rate(x[$__rate_interval])", Span(0, 600, 90)) == "rate(x[90s])"


def test_a_line_rises_with_its_values_and_stays_in_the_box():
    (line,) = polylines(lines(PANEL, [("a", series([0, 1, 2, 4]))], BOX, SPAN))
    heights = [float(point.split(",")[1]) for point in line.split()]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == BOX.inner().y + BOX.inner().height
    assert heights[-1] == BOX.inner().y


def test_a_gap_is_not_drawn_over():
    gone = Series({}, [*series([1, 1]).points, *series([1, 1], start=300).points])
    assert len(polylines(lines(PANEL, [("a", gone)], BOX, SPAN))) == 2


def test_stacked_series_stand_on_each_other():
    panel = replace(PANEL, stacked=True)
    one, two = polylines(lines(panel, [("a", series([1, 1])), ("b", series([1, 1]))], BOX, SPAN))
    assert float(two.split(",")[1].split()[0]) < float(one.split(",")[1].split()[0])


def test_a_limit_is_drawn_where_the_axis_reaches_it():
    panel = replace(PANEL, limits=(2.0, 50.0))
    drawing = "".join(lines(panel, [("a", series([1, 4]))], BOX, SPAN))
    assert drawing.count("stroke-dasharray='4 4'") == 1


def test_a_state_is_green_while_it_is_1_and_red_while_it_is_0():
    drawing = "".join(states([("dedupe", series([1, 1, 0, 0, 1]))], BOX, SPAN))
    assert [found[4] for found in RECTANGLE.findall(drawing)] == ["#56a64b", "#e02f44", "#56a64b"]


def test_a_cell_has_what_is_in_its_bucket_alone():
    # As Prometheus has them: the bucket of 10 holds that of 1.
    found = [series([4], le="10"), series([3], le="1"), series([4], le="+Inf")]
    cells = RECTANGLE.findall("".join(heatmap(found, BOX, SPAN)))
    assert sorted(float(cell[5]) for cell in cells) == [pytest.approx(0.43), 1.0]
    fullest = max(cells, key=lambda cell: float(cell[5]))
    assert float(fullest[1]) == max(float(cell[1]) for cell in cells), "the lowest of the two"


def test_a_legend_names_its_series_by_its_labels():
    assert (
        legend(Query("x", "{{service}} {{reason}}"), series([1], service="a", reason="b")) == "a b"
    )
    assert legend(Query("x", "{{other}}p95"), series([1])) == "p95"
    assert legend(Query("x"), Series({"__name__": "up", "service": "a"}, [(0, 1)])) == "a"


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_a_picture_holds_every_panel_and_says_where_nothing_was(dashboard):
    answers = [Answered(panel, []) for panel in dashboard.panels]
    picture = ET.fromstring(drawn(dashboard, answers, SPAN))
    words = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    for panel in dashboard.panels:
        assert panel.title in words
        assert panel.nothing in words


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda each: each.name)
def test_a_picture_draws_every_kind_of_panel(dashboard):
    given = series([0, 1, 2], service="<dedupe>", le="1", alertname="A")
    answers = [
        Answered(panel, [(query, given) for query in panel.queries]) for panel in dashboard.panels
    ]
    picture = drawn(dashboard, answers, SPAN)
    ET.fromstring(picture)
    assert not any(f">{panel.nothing}<" in picture for panel in dashboard.panels)


def test_a_row_is_no_panel():
    dashboard = replace(DASHBOARDS[0], rows=(Row("Alone", (PANEL,)),))
    picture = drawn(dashboard, [Answered(PANEL, [(PANEL.queries[0], series([1, 2]))])], SPAN)
    assert ">Alone<" in picture
    assert len(polylines([picture])) == 1


def test_a_provider_is_shown_by_its_name_and_a_rate_by_its_value():
    for named, expected in ((True, ">cpu<"), (False, ">1<")):
        panel = replace(PANEL, kind="stat", named=named)
        dashboard = replace(DASHBOARDS[0], rows=(Row("Alone", (panel,)),))
        found = [(Query("x", "{{provider}}"), series([1], provider="cpu"))]
        assert expected in drawn(dashboard, [Answered(panel, found)], SPAN)
