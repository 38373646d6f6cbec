"""``headrace up --secure``: all works as ever, and nobody does more than docs/security.md says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from services.local.keys import Keys
from tests.pipeline import ROOT, SERVICES

PAGES = sorted((ROOT / "deploy" / "demo" / "pages").iterdir())

# The first of them starts the stack.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class SecureStack:
    """A running stack, and its commands as somebody types them."""

    state: Path

    @property
    def keys(self) -> Keys:
        return Keys(self.state)

    def command(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        theirs = {name: value for name, value in os.environ.items() if "HEADRACE_" not in name}
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *words],
            env={
                **theirs,
                "HEADRACE_STATE_DIR": str(self.state),
                "HEADRACE_EMBED__ENCODER": "fake",
                "PYTHONPATH": str(ROOT),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def headrace(self, *words: str) -> str:
        done = self.command(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def by(self, user: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as one of Kafka's users."""
        login = {
            "HEADRACE_SECRETS_DIR": str(self.keys.of(user)),
            "HEADRACE_KAFKA__START_TIMEOUT_SECONDS": "2",
        }
        return self.command(*words, **login)

    def status(self) -> dict[str, Any]:
        return json.loads(self.headrace("status", "--json"))

    def processes(self) -> dict[str, psutil.Process]:
        found = self.status()
        every = {"kafka": found["kafka"], "redis": found["redis"], **found["services"]}
        return {name: psutil.Process(each["pid"]) for name, each in every.items()}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureStack]:
    stack = SecureStack(tmp_path_factory.mktemp("secure-stack"))
    try:
        stack.headrace("up", "--secure", "--detach")
        yield stack
    finally:
        stack.headrace("down")


def test_the_commands_work_on_it_without_being_told_anything(stack: SecureStack) -> None:
    stack.headrace("feed", *map(str, PAGES))
    stack.headrace("drain", "--timeout", "120")
    stack.headrace("audit")
    listed = json.loads(stack.headrace("export", "--topic", "enriched").splitlines()[0])
    paper_id = listed["value"]["paper_id"]
    assert paper_id in stack.headrace("trace", paper_id)
    stack.headrace("forget", paper_id, "--yes")
    stack.headrace("drain", "--timeout", "120")
    stack.headrace("audit")
    stack.headrace("index", "verify", "--all")
    stack.headrace("index", "stats")
    found = stack.status()
    assert {each["ready"] for each in found["services"].values()} == {True}
    assert {each["restarts"] for each in found["services"].values()} == {0}
    assert found["kafka"]["ready"]
    assert found["redis"]["ready"]


def test_each_service_is_a_user_of_its_own(stack: SecureStack) -> None:
    processes = stack.processes()
    for service in SERVICES:
        secrets = Path(processes[service].environ()["HEADRACE_SECRETS_DIR"])
        assert (secrets / "HEADRACE_KAFKA__SASL_USERNAME").read_text() == service
    with owner_of_redis(stack) as client:
        assert {each["user"] for each in client.client_list()} == {"owner", "headrace"}


def test_a_user_does_what_it_was_granted_and_no_more(stack: SecureStack) -> None:
    page = str(PAGES[0])
    assert stack.by("feeder", "feed", page).returncode == 0
    assert stack.by("reader", "drain", "--timeout", "120").returncode == 0
    assert stack.by("reader", "audit").returncode == 0
    before = stack.headrace("topics", "show", "--json")
    for user, words in (("reader", ["feed", page]), ("feeder", ["audit"])):
        refused = stack.by(user, *words)
        assert refused.returncode != 0, f"{user}: {words}"
        assert "docs/security.md" in refused.stderr
    assert stack.headrace("topics", "show", "--json") == before


def test_nobody_else_is_let_in(stack: SecureStack) -> None:
    for variables in (
        {"HEADRACE_KAFKA__SECURITY_PROTOCOL": "PLAINTEXT"},
        {"HEADRACE_KAFKA__SECURITY_PROTOCOL": "SSL"},
        {"HEADRACE_KAFKA__SASL_PASSWORD": "guessed"},
    ):
        refused = stack.command(
            "topics", "show", HEADRACE_KAFKA__START_TIMEOUT_SECONDS="2", **variables
        )
        assert refused.returncode in (69, 78), f"{variables}: {refused.stderr}"
    address = stack.status()["redis"]["url"]
    with redis.Redis.from_url(address) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_no_password_is_in_an_argument_an_environment_or_a_log(stack: SecureStack) -> None:
    passwords = {*stack.keys.kafka().values(), *stack.keys.redis().values()}
    told = [file.read_text() for file in (stack.state / "log").iterdir()]
    told += [file.read_text() for file in stack.state.glob("*.json")]
    told.append((stack.state / "kafka" / "server.properties").read_text())
    told.append((stack.state / "valkey" / "users.acl").read_text())
    mark = next(iter(stack.processes().values())).environ()["_HEADRACE_STACK"]
    for process in psutil.process_iter():
        try:
            if process.environ().get("_HEADRACE_STACK") == mark:
                told += [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
    everything = "\n".join(told)
    assert "kafka.Kafka" in everything
    assert not [password for password in passwords if password in everything]


def test_a_broker_that_was_killed_still_knows_its_users(stack: SecureStack) -> None:
    before = stack.status()
    psutil.Process(before["kafka"]["pid"]).kill()
    page = str(PAGES[0])
    done = stack.command("feed", page)
    assert done.returncode == 0, done.stderr
    stack.headrace("drain", "--timeout", "120")
    assert stack.status()["kafka"]["restarts"] == before["kafka"]["restarts"] + 1


def test_its_keys_go_with_it(tmp_path_factory: pytest.TempPathFactory, stack: SecureStack) -> None:
    assert stack.keys.cafile.exists()
    stack.headrace("down")
    assert not (stack.state / "secrets").exists()
    assert (stack.state / "kafka" / "logs").is_dir()


def owner_of_redis(stack: SecureStack) -> redis.Redis:
    user, password = stack.keys.owner()
    address = stack.status()["redis"]["url"]
    return redis.Redis.from_url(address, username=user, password=password)
