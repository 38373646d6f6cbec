"""Measures embed's encoder: ``python -m bench.embed [speed|lengths]``."""

from __future__ import annotations

import argparse

from bench.embed import lengths, speed


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench.embed", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("speed", "lengths"), default="speed")
    parser.add_argument("--texts", type=int, help="48 for speed, 1000 for lengths")
    parser.add_argument("--rounds", type=int, help="7 for speed, 3 for lengths")
    options = parser.parse_args()
    if options.what == "speed":
        speed.show(texts=options.texts or 48, rounds=options.rounds or 7)
    else:
        lengths.show(texts=options.texts or 1000, rounds=options.rounds or 3)


main()
