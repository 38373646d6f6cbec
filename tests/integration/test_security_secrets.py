"""Secrets are in nothing that a person or a machine can read of Headrace."""

from __future__ import annotations

import asyncio
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from services.cli.catalogue import catalogue
from services.local.kafka import KafkaServer
from services.local.ports import HOST
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests.pipeline import ROOT, SERVICES, own_program

PLANTED = "planted-3b9f"
SECRETS = [setting.variable for setting in catalogue() if setting.secret]
PAGES = ("/metrics", "/readyz", "/healthz", "/", "/settings")


@pytest.fixture(scope="module")
def environment(
    tmp_path_factory: pytest.TempPathFactory, kafka: KafkaServer, new_port: Callable[[], int]
) -> Iterator[dict[str, str]]:
    """Give settings with something secret wherever it can be, and servers that refuse it."""
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"), new_port())
    server.start()
    try:
        server.wait_ready()
        with redis.Redis.from_url(server.url) as client:
            client.config_set("requirepass", "another")
        yield {
            **os.environ,
            **{variable: f"{PLANTED}-{number}" for number, variable in enumerate(SECRETS)},
            "HEADRACE_KAFKA__SASL_USERNAME": "me",
            "HEADRACE_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "HEADRACE_KAFKA__BOOTSTRAP_SERVERS": kafka.address,
            "HEADRACE_KAFKA__START_TIMEOUT_SECONDS": "2",
            "HEADRACE_REDIS__URL": f"redis://me:{PLANTED}-url@{server.address}/0",
            "HEADRACE_EMBED__ENCODER": "fake",
            "HEADRACE_LOG__LEVEL": "DEBUG",
            "HEADRACE_STATE_DIR": str(tmp_path_factory.mktemp("state")),
            "PYTHONPATH": str(ROOT),
        }
    finally:
        server.stop()


def test_there_are_secrets_to_look_for() -> None:
    assert SECRETS == ["HEADRACE_KAFKA__SASL_PASSWORD", "HEADRACE_REDIS__PASSWORD"]


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_that_is_refused_tells_no_secret(
    environment: dict[str, str],
    tmp_path: Path,
    new_port: Callable[[], int],
    name: str,
    log_format: str,
) -> None:
    more = {**environment, "HEADRACE_LOG__FORMAT": log_format}
    service = ServiceProcess(
        name, own_program(name), new_port(), log=tmp_path / "log", environment=more
    )
    service.start()
    told = ""
    deadline = time.monotonic() + 30
    try:
        while service.running and time.monotonic() < deadline:
            told += "".join([await asyncio.to_thread(page, service.port, path) for path in PAGES])
            told += " ".join(command_line(service.pid))
            await asyncio.sleep(0.2)
    finally:
        service.stop()
    log = service.log.read_text()
    assert "headrace_records_total" in told
    assert "service_stopped" in log
    assert service.exit_status in (69, 78)
    assert PLANTED not in told + log


def page(port: int, path: str) -> str:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except OSError:
        return ""
    finally:
        connection.close()


def command_line(pid: int | None) -> list[str]:
    try:
        return psutil.Process(pid).cmdline() if pid else []
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("settings", 0),
        ("settings --json", 0),
        ("status", 1),
        ("status --json", 1),
        ("topics show", 69),
        ("audit", 69),
        ("index stats", 69),
        ("run dedupe", 69),
    ],
)
def test_a_command_tells_no_secret(environment: dict[str, str], command: str, status: int) -> None:
    done = headrace(environment, *command.split())
    assert done.returncode == status, done.stderr
    assert PLANTED not in done.stdout + done.stderr


def test_the_index_that_refuses_the_password_tells_no_secret(
    environment: dict[str, str], kafka: KafkaServer, secure: bool
) -> None:
    if secure:
        pytest.skip("it speaks to Kafka in the clear, which --secure refuses")
    plain = {**environment, "HEADRACE_KAFKA__SECURITY_PROTOCOL": "PLAINTEXT"}
    assert headrace(plain, "topics", "create").returncode == 0
    done = headrace(plain, "index", "stats")
    assert done.returncode == 78
    assert "HEADRACE_REDIS__PASSWORD: Redis refused it" in done.stderr
    assert PLANTED not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "url",
    [
        f"redis://me:{PLANTED}",
        f"redis://:{PLANTED}/x@{HOST}:1/0",
        f"redis://me:{PLANTED}[@{HOST}:1/0",
        f"redis://{HOST}:1/0?password={PLANTED}&db=x",
        f"{PLANTED}://me@{HOST}:1",
    ],
)
def test_an_address_that_is_none_is_told_without_its_password(
    environment: dict[str, str], url: str
) -> None:
    wrong = {**environment, "HEADRACE_REDIS__URL": url}
    done = headrace(wrong, "run", "dedupe")
    assert "HEADRACE_REDIS__URL: no address of Redis" in done.stderr
    shown = headrace(wrong, "settings", "--json")
    assert shown.returncode == 0
    assert PLANTED not in done.stdout + done.stderr + shown.stdout + shown.stderr


def test_a_stack_in_the_background_has_no_secret_in_its_arguments(
    environment: dict[str, str],
) -> None:
    # With its Kafka away it ends by itself; what it was started with is looked at meanwhile.
    starting = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "up", "--detach"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen: dict[int, list[str]] = {}
    while starting.poll() is None:
        for process in psutil.process_iter():
            try:
                if environment["HEADRACE_STATE_DIR"] == process.environ().get("HEADRACE_STATE_DIR"):
                    seen[process.pid] = process.cmdline()
            except psutil.Error:
                continue
        time.sleep(0.05)
    told, _ = starting.communicate()
    assert any("services.local" in words for words in seen.values()), told
    everything = [word for words in seen.values() for word in words]
    state = Path(environment["HEADRACE_STATE_DIR"])
    kept = [file.read_text() for file in state.rglob("*") if file.is_file()]
    assert PLANTED not in " ".join([told, *everything, *kept])


def headrace(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
