"""How full the index is: what is told of it, and when somebody is warned."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from services.common.telemetry import Telemetry
from services.dedupe.occupancy import tell, tell_of_server
from services.dedupe.survey import Counts, Server


@pytest.mark.parametrize(
    ("papers", "event"),
    [
        (700, None),
        (789, None),
        (790, "index_nearly_full"),
        (990, "index_nearly_full"),
        (991, "index_over_capacity"),
    ],
)
def test_a_warning_comes_from_four_fifths_on_and_another_beyond(
    papers: int, event: str | None
) -> None:
    with capture_logs() as logs:
        tell(Counts(papers, aliases=8, revisions=2), 1_000, Telemetry())
    assert [each["event"] for each in logs] == ([event] if event else [])
    assert all(each["log_level"] == "warning" for each in logs)


def test_the_gauges_tell_what_there_is_by_kind_and_as_a_share() -> None:
    telemetry = Telemetry()
    tell(Counts(240, aliases=8, revisions=2), 1_000, telemetry)
    text = telemetry.exposition().decode()
    assert 'headrace_index_records{kind="paper"} 240.0' in text
    assert 'headrace_index_records{kind="alias"} 8.0' in text
    assert 'headrace_index_records{kind="revision"} 2.0' in text
    assert "headrace_index_capacity_ratio 0.25" in text


@pytest.mark.parametrize(("evicts", "events"), [(False, []), (True, ["index_may_lose_papers"])])
def test_a_server_that_may_drop_papers_is_told(evicts: bool, events: list[str]) -> None:
    telemetry = Telemetry()
    with capture_logs() as logs:
        tell_of_server(Server(5, most_bytes=9, evicts=evicts, flat_entries=None), telemetry)
    assert [each["event"] for each in logs] == events
    text = telemetry.exposition().decode()
    assert "headrace_index_memory_bytes 5.0" in text
    assert "headrace_index_memory_limit_bytes 9.0" in text
    assert f"headrace_index_evicts {float(evicts)}" in text
