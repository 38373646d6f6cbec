"""Checks the model of the dedupe protocol: ``python -m tests.model [--quick] [NAME ...]``."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from tests.model.checker import Result, check
from tests.model.report import summary, tables
from tests.model.scenarios import SCENARIOS


def main() -> int:
    """Give 1 when a scenario does not end as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("names", nargs="*", help="scenarios to run; all otherwise")
    parser.add_argument("--quick", action="store_true", help="leave out the slow ones")
    parser.add_argument(
        "--traces", action="store_true", help="show the shortest way to what breaks"
    )
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    results: list[Result] = []
    for scenario in SCENARIOS:
        if (options.names and scenario.name not in options.names) or (
            options.quick and scenario.slow
        ):
            continue
        with console.status(scenario.name):
            result = check(scenario)
        results.append(result)
        if result.trace and (options.traces or not result.expected):
            console.print(f"[bold]{scenario.name}[/bold]: {result.breaks}")
            console.print(*(f"  {label}" for label in result.trace), sep="\n", highlight=False)
    console.print(*tables(results), summary(results), sep="\n")
    return 0 if results and all(result.expected for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
