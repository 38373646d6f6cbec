"""docker-compose.yml in a real engine, as a project that nothing else shares."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from services.common import reader
from services.common.clients import KafkaClients
from services.common.outcomes import InputRecord
from services.common.settings import KafkaSettings, TopicSettings
from services.common.topics import Topic
from tests.pipeline import ROOT, SERVICES

SERVERS = ("kafka", "valkey", "prometheus")
EVERY = (*SERVERS, *SERVICES)
PUBLISHED = (*SERVICES, "kafka", "prometheus", "grafana")
COMMAND_SECONDS = 1200.0
ANSWER_SECONDS = 2.0
LOOK_SECONDS = 0.2


def why_not() -> str | None:
    """Give the reason why there is no project to be had here; None where there is."""
    if not os.environ.get("COMPOSE_TEST"):
        return "it builds images and starts containers: make compose-test"
    if shutil.which("docker") is None:
        return "there is no docker"
    for asked in (["info"], ["compose", "version"], ["buildx", "version"]):
        done = subprocess.run(["docker", *asked], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"docker {' '.join(asked)}: {done.stderr.strip()}"
    return None


class Project:
    """The services of docker-compose.yml, on ports and volumes of their own.

    What the file takes from variables may be set in the environment: images above all.
    """

    def __init__(self, name: str, new_port: Callable[[], int]) -> None:
        self.name = name
        self.ports = {service: new_port() for service in PUBLISHED}
        self.environment = {
            **{f"{service.upper()}_PORT": str(port) for service, port in self.ports.items()},
            "SERVICES_IMAGE": "headrace:compose-test",
            **os.environ,
            "COMPOSE_PROJECT_NAME": name,
        }
        self.kafka = KafkaSettings(bootstrap_servers=f"127.0.0.1:{self.ports['kafka']}")
        self.topics = TopicSettings()
        self.clients = KafkaClients(self.kafka)

    def compose(self, *arguments: str) -> str:
        return self.docker("compose", *arguments)

    def docker(self, *arguments: str) -> str:
        """Run a command and give what it prints; its complaint is the test's."""
        done = subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def headrace(self, *arguments: str) -> str:
        """Run a command of Headrace in a container, as docker-compose.yml tells users to."""
        return self.compose("run", "--rm", "cli", *arguments)

    def down(self) -> None:
        self.compose("--profile", "cli", "down", "--volumes", "--timeout", "20")

    def has_image(self, service: str) -> bool:
        """Tell whether a service's image is there or can be pulled."""
        image = json.loads(self.compose("config", "--format", "json"))["services"][service]["image"]
        asked = (["image", "inspect", image], ["pull", "--quiet", image])
        return any(
            subprocess.run(
                ["docker", *each], env=self.environment, capture_output=True, check=False
            ).returncode
            == 0
            for each in asked
        )

    def container(self, service: str) -> str:
        return self.compose("ps", "--all", "--quiet", service)

    def inspected(self, service: str) -> Any:
        return json.loads(self.docker("inspect", self.container(service)))[0]

    def get(self, service: str, path: str) -> tuple[int, bytes]:
        """Ask a published port; status 0 where nobody answers."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.ports[service], timeout=ANSWER_SECONDS
        )
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def wait_ready(self, seconds: float) -> float:
        """Wait until every service is ready; give after how many seconds it was.

        Raises:
            AssertionError: one is not, and what it says.
        """
        began = time.monotonic()
        while unready := list(self._unready()):
            waited = time.monotonic() - began
            assert waited < seconds, f"after {seconds:g} s: {unready}"
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - began

    def _unready(self) -> Iterator[str]:
        for service in SERVICES:
            status, said = self.get(service, "/readyz")
            if status != 200:
                yield f"{service}: {said.decode() or 'no answer'}"
        if self.get("prometheus", "/-/ready")[0] != 200:
            yield "prometheus: no answer"

    async def values(self, topic: Topic) -> list[bytes]:
        """Give the values of a topic, as a read_committed reader sees them from outside."""
        return [record.value or b"" for record in await self.records(topic)]

    async def records(self, topic: Topic) -> list[InputRecord]:
        """Give the records of a topic, as a read_committed reader sees them from outside."""
        found: list[InputRecord] = []
        async for records in reader.read(self.clients, self.topics.full_name(topic)):
            found += records
        return found


def sizes(project: Project, services: Sequence[str]) -> dict[str, str]:
    """Give the size of each service's image, in MB."""
    ids = {service: project.inspected(service)["Image"] for service in services}
    found = {
        service: json.loads(project.docker("image", "inspect", identity))[0]["Size"]
        for service, identity in ids.items()
    }
    return {service: f"{size / 1e6:.0f} MB" for service, size in found.items()}
