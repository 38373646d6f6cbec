"""Measures embed: ``python -m bench.embed [speed|lengths|service]``."""

from __future__ import annotations

import argparse

from bench.embed import lengths, service, speed


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.embed", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("speed", "lengths", "service"), default="speed")
    parser.add_argument("--texts", type=int, help="48 for speed, 1000 for lengths, 600 for service")
    parser.add_argument("--rounds", type=int, help="7 for speed, 3 for the others")
    options = parser.parse_args()
    if options.what == "speed":
        speed.show(texts=options.texts or 48, rounds=options.rounds or 7)
    elif options.what == "service":
        service.show(texts=options.texts or 600, rounds=options.rounds or 3)
    else:
        lengths.show(texts=options.texts or 1000, rounds=options.rounds or 3)


main()
