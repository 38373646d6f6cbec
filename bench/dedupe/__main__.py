"""Measures dedupe: ``python -m bench.dedupe quality|cost|client|others|catch-up``."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import uvloop

from bench.dedupe import catch_up, client, cost, others, quality, race
from services.common import logs
from services.common.settings import LogSettings


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.dedupe", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    each = commands.add_parser("quality", description=quality.__doc__)
    each.add_argument("--pairs", type=int, default=100, help="of each kind")
    each.add_argument("--half", choices=tuple(quality.SEEDS), default="figure")
    each = commands.add_parser("cost", description=cost.__doc__)
    each.add_argument("--papers", type=int, default=1_000_000)
    each.add_argument("--capacity", type=int, default=1_000_000)
    each.add_argument("--append", action="store_true", help="keep an append-only file")
    each.add_argument("--preload", type=Path, help="measure a second time with this library")
    each.add_argument("--plot", type=Path, help="the SVG file to draw")
    each = commands.add_parser("client", description=client.__doc__)
    each.add_argument("--papers", type=int, default=5_120)
    each = commands.add_parser("others", description=others.__doc__)
    each.add_argument("--works", type=int, default=5_000)
    each.add_argument("--groups", type=int, default=1_000, help="that four processes race for")
    each.add_argument("--plots", type=Path, help="the folder for two SVG files")
    each = commands.add_parser("catch-up", description=catch_up.__doc__)
    each.add_argument("--papers", type=int, nargs="+", default=[1_000, 100_000])
    options = parser.parse_args()
    logs.configure(LogSettings())
    logging.disable(logging.ERROR)
    match options.command:
        case "quality":
            uvloop.run(quality.show(each=options.pairs, half=options.half))
        case "cost":
            run = cost.show(
                most=options.papers,
                appending=options.append,
                capacity=options.capacity,
                preload=options.preload,
            )
            costs = uvloop.run(run)
            if options.plot:
                options.plot.write_text(cost.drawn(costs, options.capacity))
        case "client":
            uvloop.run(client.show(papers=options.papers))
        case "others":
            results = uvloop.run(others.show(works=options.works))
            races = uvloop.run(race.show(groups=options.groups))
            if options.plots:
                (options.plots / "dedupe-others-rate.svg").write_text(others.drawn(results))
                (options.plots / "dedupe-others-owners.svg").write_text(race.drawn(races))
        case "catch-up":
            catch_up.show(options.papers)


if __name__ == "__main__":
    main()
