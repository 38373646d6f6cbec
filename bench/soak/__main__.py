"""Soaks a pipeline: ``python -m bench.soak steady|overload``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.soak import overload, soak


def main() -> None:
    """Measure as the command line says; exits with 1 where the audit does not agree."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    each = commands.add_parser("steady", description=soak.__doc__)
    each.add_argument("--papers", type=int, default=1_000_000)
    each.add_argument("--rate", type=float, default=450.0, help="papers a second, bursts included")
    each.add_argument("--factor", type=float, default=3.0, help="of a burst")
    each.add_argument("--words", type=int, default=120, help="in an abstract")
    each.add_argument("--plots", type=Path, help="the folder for two SVG files")
    each = commands.add_parser("overload", description=overload.__doc__)
    each.add_argument("--flood", type=int, default=50_000, help="papers that tell the capacity")
    each.add_argument("--seconds", type=float, default=60.0, help="that the overload lasts")
    each.add_argument("--feeders", type=int, default=2, help="processes that feed")
    each.add_argument("--capacity", type=int, default=2_000_000, help="of the index, wordings")
    each.add_argument("--words", type=int, default=120, help="in an abstract")
    each.add_argument("--plots", type=Path, help="the folder for two SVG files")
    options = parser.parse_args()
    match options.command:
        case "steady":
            soaked = soak.measure(
                papers=options.papers,
                rate=options.rate,
                factor=options.factor,
                words=options.words,
            )
            well = soak.show(soaked)
            if options.plots:
                soak.draw(soaked, options.plots)
        case "overload":
            found = overload.measure(
                flood=options.flood,
                seconds=options.seconds,
                feeders=options.feeders,
                capacity=options.capacity,
                words=options.words,
            )
            well = overload.show(found)
            if options.plots:
                overload.draw(found, options.plots)
    sys.exit(not well)


if __name__ == "__main__":
    main()
