"""What came of the scenarios, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from tests.model.checker import Result
from tests.model.mechanisms import absence
from tests.model.scenario import ASTRAY, DOUBLE, INDEX, LOST, STUCK, Kind, Scenario

MEANINGS = {
    None: "holds",
    DOUBLE: "a paper comes out twice",
    LOST: "a paper is lost",
    INDEX: "the index owes what never comes",
    ASTRAY: "a sighting names a paper that never comes",
    STUCK: "somebody waits for ever",
}


def tables(results: Sequence[Result]) -> list[Table]:
    """Give a table for each kind of scenario that was run."""
    kinds = ((kind, [r for r in results if r.scenario.kind is kind]) for kind in Kind)
    return [_table(kind, found) for kind, found in kinds if found]


def summary(results: Sequence[Result]) -> str:
    """Give the sums, and how many scenarios came out otherwise than expected."""
    states = sum(result.states for result in results)
    transitions = sum(result.transitions for result in results)
    seconds = sum(result.seconds for result in results)
    wrong = sum(not result.expected for result in results)
    verdict = f"{wrong} UNEXPECTED" if wrong else "all as expected"
    sums = f"{len(results)} scenarios, {states:,} states, {transitions:,} transitions"
    return f"{sums}, {seconds:.0f} s: {verdict}"


def _table(kind: Kind, results: Sequence[Result]) -> Table:
    table = Table(title=kind.value, title_justify="left")
    table.add_column("mechanism" if kind is Kind.REMOVED else "scenario", no_wrap=True)
    if kind is Kind.REMOVED:
        table.add_column("without it")
    table.add_column("faults")
    for column in ("states", "transitions", "seconds", "steps"):
        table.add_column(column, justify="right")
    table.add_column("verdict")
    for result in results:
        table.add_row(
            *_names(result.scenario),
            _faults(result.scenario),
            f"{result.states:,}",
            f"{result.transitions:,}",
            f"{result.seconds:.1f}",
            str(len(result.trace) or ""),
            _verdict(result),
        )
    return table


def _names(scenario: Scenario) -> list[str]:
    if scenario.kind is Kind.REMOVED:
        return [scenario.without, absence(scenario.without)]
    return [scenario.name]


def _faults(scenario: Scenario) -> str:
    named = scenario.faults._asdict().items()
    start = ["cold"] if scenario.cold else []
    return ", ".join(start + [f"{name} {count}" for name, count in named if count])


def _verdict(result: Result) -> str:
    text = MEANINGS[result.breaks]
    if result.expected and result.scenario.kind is Kind.REMOVED and result.breaks is None:
        return "holds: harmless"
    return text if result.expected else f"[bold red]UNEXPECTED[/]: {text}"
