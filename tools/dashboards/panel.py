"""What a dashboard is made of: queries, panels, rows; ``grafana`` says how it is written."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

Kind = Literal["timeseries", "stat", "table", "heatmap", "state-timeline"]
"""Grafana's names of its panels."""


class Unit(enum.StrEnum):
    """Units by Grafana's names."""

    NUMBER = "short"
    PER_SECOND = "suffix:/s"
    SHARE = "percentunit"
    SECONDS = "s"
    BYTES = "bytes"
    BYTES_PER_SECOND = "Bps"
    CORES = "suffix: cores"


class Width(enum.IntEnum):
    """Of the 24 columns of a dashboard."""

    SIXTH = 4
    QUARTER = 6
    THIRD = 8
    HALF = 12
    FULL = 24


@dataclass(frozen=True, slots=True)
class Query:
    """One expression; ``legend`` names its series by their labels, such as ``{{service}}``."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture.

    Args:
        about: what it says to whoever is new to it, and where to go from it.
        nothing: what stands there while there is nothing to draw.
        quiet: nothing to draw is its usual state, such as that of faults.
        stacked: series are parts of a whole.
        named: a stat's series says it by its name; its value is 1.
        least, most: bounds of the axis; None where the data gives them.
        limits: values from which on it turns yellow, and red.
    """

    title: str
    queries: tuple[Query, ...]
    about: str
    unit: Unit = Unit.NUMBER
    kind: Kind = "timeseries"
    width: Width = Width.THIRD
    height: int = 8
    nothing: str = "nothing yet"
    quiet: bool = False
    stacked: bool = False
    named: bool = False
    least: float | None = 0.0
    most: float | None = None
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below a heading, from left to right."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One page; ``name`` is its file and a part of its address."""

    name: str
    title: str
    about: str
    rows: tuple[Row, ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(panel for row in self.rows for panel in row.panels)
