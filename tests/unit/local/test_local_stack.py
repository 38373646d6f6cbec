"""The stack's folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.common.errors import Fatal
from services.local import ending, stack, status
from services.local.process import ProcessId, this_process
from services.local.stack import Member, Stack


def a_stack(**changes: object) -> Stack:
    values = {
        "mark": "of-no-process",
        "launcher": ProcessId(2**22 + 1, 0.0),
        "started_at": datetime(2026, 1, 1, tzinfo=UTC),
        "started": True,
        "kafka": "broker:9092",
        "redis": "redis://cache:6379/0",
        "members": (),
    }
    return Stack(**{**values, **changes})  # type: ignore[arg-type]


def a_member(process: ProcessId | None) -> Member:
    return Member(
        name="ingest", role="service", address="127.0.0.1:1", log="ingest.log", process=process
    )


def test_a_stack_is_read_as_it_was_written(tmp_path: Path):
    written = a_stack(members=(a_member(this_process()),))
    stack.write(stack.stack_file(tmp_path), written)
    assert stack.read(tmp_path) == written


def test_a_folder_without_a_stack_has_none(tmp_path: Path):
    assert stack.read(tmp_path) is None
    assert status.look(tmp_path) is None


def test_two_cannot_hold_one_folder(tmp_path: Path):
    with stack.hold(tmp_path), pytest.raises(Fatal, match="headrace down"), stack.hold(tmp_path):
        pass


def test_a_folder_that_was_released_can_be_held_again(tmp_path: Path):
    with stack.hold(tmp_path):
        pass
    with stack.hold(tmp_path):
        pass


def test_down_where_nothing_was_started_makes_no_folder(tmp_path: Path):
    assert ending.down(tmp_path / "never") == []
    assert not (tmp_path / "never").exists()


def test_down_leaves_a_process_alone_that_only_has_the_pid_of_one_that_ended(tmp_path: Path):
    reused = ProcessId(this_process().pid, this_process().started_at - 3600)
    stack.write(stack.stack_file(tmp_path), a_stack(members=(a_member(reused),)))
    assert ending.down(tmp_path) == []
    assert stack.read(tmp_path) is None


def test_delete_removes_what_the_stack_made_and_nothing_else(tmp_path: Path):
    (tmp_path / "kafka" / "logs").mkdir(parents=True)
    (tmp_path / "mine.txt").write_text("kept")
    ending.down(tmp_path, delete=True)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_without_its_launcher_a_member_that_ended_has_exited(tmp_path: Path):
    stack.write(stack.stack_file(tmp_path), a_stack(members=(a_member(None),)))
    found = status.look(tmp_path)
    assert found is not None
    assert not found.supervised
    assert [each.state for each in found.services] == ["exited"]


def test_with_its_launcher_a_member_that_ended_is_restarting(tmp_path: Path):
    stack.write(
        stack.stack_file(tmp_path),
        a_stack(members=(a_member(None),), launcher=this_process()),
    )
    found = status.look(tmp_path)
    assert found is not None
    assert [each.state for each in found.services] == ["restarting"]


def test_status_json_names_the_servers_also_those_that_the_stack_did_not_start(tmp_path: Path):
    stack.write(stack.stack_file(tmp_path), a_stack(members=(a_member(None),)))
    found = status.look(tmp_path)
    assert found is not None
    shown = found.as_json()
    assert shown["kafka"]["bootstrap_servers"] == "broker:9092"
    assert shown["kafka"]["state"] == "external"
    assert shown["redis"]["url"] == "redis://cache:6379/0"
    assert shown["services"]["ingest"]["address"] == "127.0.0.1:1"
    assert shown["services"]["ingest"]["ready"] is False
    assert shown["services"]["ingest"]["lag"] is None
