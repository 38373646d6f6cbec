"""A stack of real processes: started, killed, watched and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import psutil
import pytest
from redis import Redis

from services.common.errors import Fatal
from services.common.settings import (
    STATE_DIR,
    CommonSettings,
    TopicSettings,
    cache_dir,
    load,
    state_dir,
)
from services.local import background, ending, stack, status
from services.local.kafka import KafkaServer
from services.local.launcher import Launcher
from services.local.plan import Plan, Worker
from services.local.service import health
from services.local.stack import Stack
from services.local.status import Status
from tests import servers

SECONDS = 60.0

TINY_SERVICE = """
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ready": true, "reasons": [], "lag": 3}')
    def log_message(self, *_):
        pass
address = ("127.0.0.1", int(os.environ["HEADRACE_WEB__PORT"]))
http.server.HTTPServer(address, Ready).serve_forever()
"""

Up = Callable[[], "subprocess.Popen[bytes]"]


def until(what: Callable[[], bool]) -> None:
    """Wait for a fact, and fail where it does not come true."""
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def the_stack() -> Stack:
    found = stack.read(state_dir())
    assert found is not None
    return found


def looked() -> Status:
    found = status.look(state_dir())
    assert found is not None
    return found


def all_ready() -> bool:
    found = stack.read(state_dir())
    return bool(found and found.started) and all(each.ready for each in looked().services)


def pids() -> set[int]:
    return {member.process.pid for member in the_stack().members if member.process}


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def workers(tmp_path: Path, new_port: Callable[[], int]) -> tuple[Worker, ...]:
    script = tmp_path / "tiny.py"
    script.write_text(TINY_SERVICE)
    return tuple(
        Worker(name, (sys.executable, str(script)), new_port(), "tiny")
        for name in ("tiny", "tiny-2")
    )


@pytest.fixture
def plan(
    tmp_path: Path,
    workers: tuple[Worker, ...],
    kafka: KafkaServer,
    topic_settings: TopicSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> Plan:
    """Give a stack with a Valkey and two tiny services, on the Kafka of the tests."""
    monkeypatch.setenv(STATE_DIR, str(tmp_path / "state"))
    for name, value in servers.variables(kafka.settings()).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEADRACE_TOPICS__PREFIX", topic_settings.prefix)
    return Plan(workers=workers, kafka=kafka.address)


@pytest.fixture
def up(plan: Plan) -> Iterator[Up]:
    """Give a function that starts the launcher; whatever runs in the end is ended."""
    argv = [sys.executable, "-P", "-m", "services.local", msgspec.json.encode(plan).decode()]
    with ExitStack() as started:

        def start() -> subprocess.Popen[bytes]:
            launcher = subprocess.Popen(argv, start_new_session=True)
            started.callback(launcher.wait)
            started.callback(launcher.kill)
            return launcher

        yield start
        ending.down(state_dir())


def test_up_starts_its_servers_and_services_and_tells_where_they_are(up: Up):
    up()
    until(all_ready)
    found = looked()
    assert found.supervised
    assert found.kafka.state == "external"
    assert [each.name for each in found.services] == ["tiny", "tiny-2"]
    assert [each.lag for each in found.services] == [3, 3]
    told = msgspec.json.decode(stack.settings_file(state_dir()).read_bytes())
    assert told == {"redis": {"url": found.redis.address}}
    with Redis.from_url(found.redis.address) as client:
        assert client.ping()


def test_up_ends_all_of_it_when_it_is_asked_to_and_keeps_the_data(up: Up):
    launcher = up()
    until(all_ready)
    running = pids()
    assert len(running) == 3
    launcher.terminate()
    assert launcher.wait(SECONDS) == 0
    assert not any(lives(pid) for pid in running)
    assert stack.read(state_dir()) is None
    assert not stack.settings_file(state_dir()).exists()
    assert (state_dir() / "valkey" / "appendonlydir").is_dir()


def test_a_service_that_is_killed_is_started_again_and_counted(up: Up):
    up()
    until(all_ready)
    [first, _] = looked().services
    os.kill(first.pid or 0, signal.SIGKILL)
    until(lambda: looked().services[0].restarts == 1 and all_ready())
    [again, other] = looked().services
    assert again.pid != first.pid
    assert again.address == first.address
    assert other.restarts == 0


def test_a_server_that_is_killed_is_started_again_where_it_was_with_its_data(up: Up):
    up()
    until(all_ready)
    url = looked().redis.address
    with Redis.from_url(url) as client:
        client.set("owner", "0:17")
    os.kill(looked().redis.pid or 0, signal.SIGKILL)
    until(lambda: looked().redis.restarts == 1 and looked().redis.ready is True)
    assert looked().redis.address == url
    with Redis.from_url(url) as client:
        assert client.get("owner") == b"0:17"


def test_down_ends_what_a_killed_up_left_behind_and_nothing_else(up: Up, workers, new_port):
    launcher = up()
    until(all_ready)
    running = pids()
    environment = {**os.environ, "HEADRACE_WEB__PORT": str(new_port())}
    with subprocess.Popen(workers[0].argv, env=environment) as stranger:
        launcher.kill()
        launcher.wait()
        found = looked()
        assert not found.supervised
        assert {each.state for each in (found.redis, *found.services)} == {"running"}
        assert set(ending.down(state_dir())) == {"valkey", "tiny", "tiny-2"}
        assert not any(lives(pid) for pid in running)
        assert stranger.poll() is None
        stranger.kill()
    assert ending.down(state_dir()) == []


def test_down_finds_a_process_that_up_had_no_time_to_note(up: Up):
    launcher = up()
    until(all_ready)
    running = pids()
    launcher.kill()
    launcher.wait()
    unnoted = msgspec.structs.replace(the_stack(), members=())
    stack.write(stack.stack_file(state_dir()), unnoted)
    ending.down(state_dir())
    assert not any(lives(pid) for pid in running)


def test_down_ends_a_running_up_with_all_that_it_started(up: Up):
    launcher = up()
    until(all_ready)
    running = pids()
    assert set(ending.down(state_dir(), delete=True)) == {"valkey", "tiny", "tiny-2"}
    assert launcher.wait(SECONDS) == 0
    assert not any(lives(pid) for pid in running)
    assert not state_dir().exists()


def test_a_second_up_is_refused_and_the_first_goes_on(up: Up, plan: Plan):
    up()
    until(all_ready)
    running = pids()
    with (
        pytest.raises(Fatal, match="end it with `headrace down`"),
        Launcher(plan, state=state_dir(), cache=cache_dir(), say=lambda _: None),
    ):
        pass
    assert pids() == running
    assert all_ready()


def test_up_ends_what_a_killed_up_left_behind_and_starts_anew(up: Up):
    launcher = up()
    until(all_ready)
    before = pids()
    launcher.kill()
    launcher.wait()
    up()
    until(lambda: stack.read(state_dir()) is not None and looked().supervised and all_ready())
    assert not any(lives(pid) for pid in before)
    assert len(pids()) == 3


def test_a_port_that_is_taken_is_replaced_by_a_free_one(up: Up, workers, new_port):
    environment = {**os.environ, "HEADRACE_WEB__PORT": str(workers[0].port)}
    with subprocess.Popen(workers[0].argv, env=environment) as stranger:
        usual = f"127.0.0.1:{workers[0].port}"
        until(lambda: health(usual) is not None)
        up()
        until(all_ready)
        assert looked().services[0].address != usual
        stranger.kill()


def test_a_launcher_in_the_background_returns_when_all_has_been_started(plan: Plan):
    found = background.launch(plan, state_dir())
    try:
        assert found.started
        assert len(pids()) == 3
        with pytest.raises(Fatal, match="end it with `headrace down`"):
            background.launch(plan, state_dir())
        said = stack.log_file(state_dir(), "up").read_text()
        assert "valkey is ready" in said, "the second took the first one's log away"
    finally:
        ending.down(state_dir())


def test_a_launcher_in_the_background_tells_why_it_could_not_start(plan: Plan):
    wrong = msgspec.structs.replace(plan, redis_server="no-such-server")
    with pytest.raises(Fatal, match="no-such-server: no such program"):
        background.launch(wrong, state_dir())
    assert stack.read(state_dir()) is None


@pytest.mark.slow
def test_up_starts_kafka_makes_the_topics_and_starts_kafka_again_when_it_is_killed(
    plan: Plan, kafka: KafkaServer, monkeypatch: pytest.MonkeyPatch
):
    for name in servers.variables(kafka.settings()):
        monkeypatch.delenv(name)
    background.launch(msgspec.structs.replace(plan, kafka=None), state_dir())
    try:
        address = looked().kafka.address
        assert load(CommonSettings).kafka.bootstrap_servers == address
        os.kill(looked().kafka.pid or 0, signal.SIGKILL)
        until(lambda: looked().kafka.restarts == 1 and looked().kafka.ready is True)
        assert looked().kafka.address == address
        said = stack.log_file(state_dir(), "up").read_text()
        assert "created the topics pages, papers, unique, sightings, enriched, dead-letter" in said
    finally:
        ended = ending.down(state_dir())
    assert set(ended) == {"valkey", "kafka", "tiny", "tiny-2"}
