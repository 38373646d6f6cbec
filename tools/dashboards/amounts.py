"""Values as a panel writes them: in its unit, in few digits."""

from __future__ import annotations

import math

from tools.dashboards.panel import Unit

THOUSANDS = ("", "k", "M", "G")
BINARY = (" B", " KiB", " MiB", " GiB")


def said(value: float, unit: Unit) -> str:
    """Give a value in three digits, with its unit."""
    match unit:
        case Unit.SHARE:
            return f"{_digits(100 * value)} %"
        case Unit.SECONDS:
            return _seconds(value)
        case Unit.BYTES:
            return _scaled(value, 1024, BINARY)
        case Unit.BYTES_PER_SECOND:
            return _scaled(value, 1024, BINARY) + "/s"
        case Unit.PER_SECOND:
            return _scaled(value, 1000, THOUSANDS) + "/s"
        case Unit.CORES:
            return f"{_digits(value)} cores"
        case Unit.NUMBER:
            return _scaled(value, 1000, THOUSANDS)


def ceiling(value: float, unit: Unit) -> float:
    """Give the next value above that reads well on an axis; 1 for 0."""
    if value <= 0:
        return 1.0
    of = _whole(value, unit)
    power = of * 10.0 ** math.floor(math.log10(value / of))
    return next(power * each for each in (1, 2, 4, 5, 8, 10) if power * each >= value * 0.999)


def _whole(value: float, unit: Unit) -> float:
    """Give what a value is counted in, as it is said: minutes, MiB."""
    if unit is Unit.SECONDS:
        return 60.0 if value >= 120 else 1.0
    if unit in (Unit.BYTES, Unit.BYTES_PER_SECOND):
        return 1024.0 ** min(int(math.log(max(value, 1.0), 1024)), len(BINARY) - 1)
    return 1.0


def _seconds(value: float) -> str:
    if value < 1:
        return f"{_digits(1000 * value)} ms"
    return f"{_digits(value)} s" if value < 120 else f"{_digits(value / 60)} min"


def _scaled(value: float, base: int, names: tuple[str, ...]) -> str:
    power = 0
    while abs(value) >= base and power < len(names) - 1:
        value, power = value / base, power + 1
    return _digits(value) + names[power]


def _digits(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
