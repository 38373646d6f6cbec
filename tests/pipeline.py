"""The three services as real processes on real servers."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.cli.catalogue import AllSettings
from services.common import reader
from services.common.clients import KafkaClients
from services.common.outcomes import InputRecord
from services.common.settings import TopicSettings
from services.common.topics import PAGES, Topic
from services.dedupe.settings import DedupeSection
from services.embed.settings import MAIN, EmbedSection
from services.local.kafka import KafkaServer
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests import servers

ROOT = Path(__file__).parents[1]
SERVICES = ("ingest", "dedupe", "embed")
BANNER = "Get trending papers in your email inbox once a day!\n"


def own_program(service: str) -> tuple[str, ...]:
    """Give the service as it is."""
    return (sys.executable, "-P", "-m", f"services.{service}")


def names(service: str, workers: int) -> list[str]:
    """Give the names of a service's workers."""
    return [service] if workers == 1 else [f"{service}-{n}" for n in range(1, workers + 1)]


class Pipeline:
    """Topics, groups and an index namespace of one test, and its services, or some of them.

    The fake encoder gives hash vectors, so that a fault meets records and not a busy model. Where
    there are several workers of a service, they are called ``ingest-1``, ``ingest-2`` and so on.
    """

    def __init__(
        self,
        kafka: KafkaServer,
        valkey: ValkeyServer,
        folder: Path,
        new_port: Callable[[], int],
        *,
        encoder: str = "fake",
        services: Sequence[str] = SERVICES,
        workers: int = 1,
        program: Callable[[str], tuple[str, ...]] = own_program,
        environment: Mapping[str, str] | None = None,
        settings_of: Callable[[str], Mapping[str, str]] = lambda _: {},
    ) -> None:
        name = f"f{uuid.uuid4().hex[:10]}"
        self.namespace = name
        self.kafka = kafka.settings(group_prefix=name)
        self._server = kafka
        self.topics = TopicSettings(prefix=name)
        self.clients = KafkaClients(self.kafka)
        self.environment = {
            **servers.variables(self.kafka),
            "HEADRACE_TOPICS__PREFIX": name,
            "HEADRACE_REDIS__URL": valkey.url,
            "HEADRACE_DEDUPE__NAMESPACE": name,
            "HEADRACE_DEDUPE__CAPACITY": "100000",
            "HEADRACE_EMBED__ENCODER": encoder,
            "HEADRACE_STREAM__SESSION_TIMEOUT_SECONDS": "2",
            "HEADRACE_STREAM__BATCH_RECORDS": "500",
            "HEADRACE_STATE_DIR": str(folder),
            # The services of this tree, whichever one is installed.
            "PYTHONPATH": str(ROOT),
            **(environment or {}),
        }
        self.services = {
            name: ServiceProcess(
                name,
                program(service),
                new_port(),
                log=folder / f"{name}.log",
                environment={
                    **self.environment,
                    **servers.login(service, kafka, valkey),
                    **settings_of(service),
                },
            )
            for service in services
            for name in names(service, workers)
        }

    def start(self) -> None:
        """Start the services, each of whom may do what it must where servers ask."""
        label = self.environment.get("HEADRACE_EMBED__LABEL", MAIN)
        settings = AllSettings(
            kafka=self.kafka,
            topics=self.topics,
            dedupe=DedupeSection(namespace=self.namespace),
            embed=EmbedSection(label=label),
        )
        servers.grant(settings, self._server)
        for service in self.services.values():
            service.start()

    def stop(self) -> None:
        with ThreadPoolExecutor() as threads:
            list(threads.map(ServiceProcess.stop, self.services.values()))

    def group(self, service: str) -> str:
        """Give the consumer group of a service."""
        part = {"ingest": "", "dedupe": f".{self.namespace}", "embed": ".main"}[service]
        return f"{self.kafka.group_prefix}.{service}{part}"

    def headrace(self, *arguments: str) -> str:
        """Run a command and give what it prints; its complaint is the test's."""
        done = self.command(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever becomes of it."""
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )

    async def values(self, topic: Topic) -> list[bytes]:
        """Give the values of a topic, as a read_committed reader sees them."""
        return [record.value or b"" for record in await self.records(topic)]

    async def records(self, topic: Topic) -> list[InputRecord]:
        """Give the records of a topic, as a read_committed reader sees them."""
        found: list[InputRecord] = []
        async for records in reader.read(self.clients, self.topics.full_name(topic)):
            found += records
        return found

    async def feed(self, pages: Iterable[bytes], *, key: bytes | None = None) -> None:
        """Put pages on their topic, on the partition of a key or on all."""
        producer = await self.clients.started(self.clients.producer)
        for number, page in enumerate(pages):
            await producer.send_and_wait(
                self.topics.full_name(PAGES), page, key=key or f"page-{number}".encode()
            )
        await producer.stop()
