"""The end of a service's process: by a signal, by a failure of its own, by a wrong setting."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.common.admin import create_topics
from services.common.errors import ExitStatus
from services.common.settings import TopicSettings
from services.local.kafka import KafkaServer
from services.local.service import ServiceProcess
from tests import servers
from tests.integration.streams import Case, numbers, settings_for, until

Start = Callable[..., ServiceProcess]


@pytest.fixture
async def case(kafka: KafkaServer, topic_settings: TopicSettings) -> Case:
    settings = settings_for(kafka.settings(), topic_settings)
    await create_topics(settings.kafka, settings.topics)
    return Case(settings)


@pytest.fixture
def start(case: Case, tmp_path: Path, new_port: Callable[[], int]) -> Iterator[Start]:
    """Give a starter of processes, by the name of their handler; what is left is killed."""
    started: list[ServiceProcess] = []

    def one(handler: str, **changed: str) -> ServiceProcess:
        process = ServiceProcess(
            handler,
            (sys.executable, "-m", "tests.integration.copying", handler),
            new_port(),
            log=tmp_path / f"{handler}.log",
            environment={
                **servers.variables(case.settings.kafka),
                "HEADRACE_TOPICS__PREFIX": case.settings.topics.prefix,
                # A member that did not leave would keep its partitions beyond the test's patience.
                "HEADRACE_STREAM__SESSION_TIMEOUT_SECONDS": "120",
                "HEADRACE_STATE_DIR": str(tmp_path),
                **changed,
            },
        )
        process.start()
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()


async def end(process: ServiceProcess) -> None:
    """End it with SIGTERM; after ten seconds, as compose and Kubernetes do, with SIGKILL."""
    assert process.stop_seconds == 10
    await asyncio.to_thread(process.stop)


def log_of(process: ServiceProcess) -> str:
    return process.log.read_text()


async def test_sigterm_ends_a_busy_service_in_time_and_nothing_is_lost(case: Case, start: Start):
    await case.feed(numbers(0, 20))
    busy = start("slow")
    await until(lambda: "slow_handling_begun" in log_of(busy))
    await end(busy)
    assert busy.exit_status == 0, log_of(busy)
    start("fast")
    await case.wait_written(numbers(0, 20))


async def test_sigterm_ends_an_idle_service_in_time_and_the_next_goes_on(case: Case, start: Start):
    for stop in (10, 20):
        process = start("fast")
        await asyncio.to_thread(process.wait_ready)
        await case.feed(numbers(stop - 10, stop))
        await case.wait_written(numbers(0, stop))
        await end(process)
        assert process.exit_status == 0, log_of(process)


async def test_sigterm_ends_a_service_that_waits_for_kafka(start: Start, new_port):
    process = start("fast", HEADRACE_KAFKA__BOOTSTRAP_SERVERS=f"127.0.0.1:{new_port()}")
    await until(lambda: "KafkaConnectionError" in log_of(process))
    await end(process)
    assert process.exit_status == 0, log_of(process)


async def test_an_unexpected_error_ends_the_process_with_its_reason(case: Case, start: Start):
    await case.feed(numbers(0, 5))
    process = start("broken")
    await asyncio.to_thread(process._child.wait, 30)
    assert process.exit_status == ExitStatus.SOFTWARE, log_of(process)
    assert "ZeroDivisionError: of 5 records" in log_of(process)
    assert "service_stopped" in log_of(process)
    assert (await case.committed())[0] == 0
    assert await case.written() == []


def test_a_wrong_setting_ends_the_start_with_one_line(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "services.dedupe"],
        env={"HEADRACE_STREAM__BATCH_RECORDS": "many", "HEADRACE_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitStatus.CONFIGURATION
    (line,) = done.stderr.splitlines()
    assert line.startswith("HEADRACE_STREAM__BATCH_RECORDS: ")
