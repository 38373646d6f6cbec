"""The three services as real processes on real servers, and generated pages to feed them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.common import reader
from services.common.clients import KafkaClients
from services.common.settings import KafkaSettings, TopicSettings
from services.common.topics import PAGES, Topic
from services.local.kafka import KafkaServer
from services.local.service import ServiceProcess
from services.local.valkey import ValkeyServer
from tests.invented import paper

SERVICES = ("ingest", "dedupe", "embed")
PAPERS_A_PAGE = 50
BANNER = "Get trending papers in your email inbox once a day!\n"


def own_program(service: str) -> tuple[str, ...]:
    """Give the service as it is."""
    return (sys.executable, "-P", "-m", f"services.{service}")


class Pipeline:
    """Topics, groups and an index namespace of one test, and its services.

    The fake encoder gives hash vectors, so that a fault meets records and not a busy model.
    """

    def __init__(
        self,
        kafka: KafkaServer,
        valkey: ValkeyServer,
        folder: Path,
        new_port: Callable[[], int],
        *,
        encoder: str = "fake",
        program: Callable[[str], tuple[str, ...]] = own_program,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        name = f"f{uuid.uuid4().hex[:10]}"
        self.kafka = KafkaSettings(bootstrap_servers=kafka.address, group_prefix=name)
        self.topics = TopicSettings(prefix=name)
        self.clients = KafkaClients(self.kafka)
        self.environment = {
            "HEADRACE_KAFKA__BOOTSTRAP_SERVERS": kafka.address,
            "HEADRACE_KAFKA__GROUP_PREFIX": name,
            "HEADRACE_TOPICS__PREFIX": name,
            "HEADRACE_REDIS__URL": valkey.url,
            "HEADRACE_DEDUPE__NAMESPACE": name,
            "HEADRACE_DEDUPE__CAPACITY": "100000",
            "HEADRACE_EMBED__ENCODER": encoder,
            "HEADRACE_STREAM__SESSION_TIMEOUT_SECONDS": "2",
            "HEADRACE_STREAM__BATCH_RECORDS": "500",
            "HEADRACE_STATE_DIR": str(folder),
            **(environment or {}),
        }
        self.services = {
            service: ServiceProcess(
                service,
                program(service),
                new_port(),
                log=folder / f"{service}.log",
                environment=self.environment,
            )
            for service in SERVICES
        }

    def start(self) -> None:
        for service in self.services.values():
            service.start()

    def stop(self) -> None:
        with ThreadPoolExecutor() as threads:
            list(threads.map(ServiceProcess.stop, self.services.values()))

    def headrace(self, *arguments: str) -> str:
        """Run a command and give what it prints; its complaint is the test's."""
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    async def values(self, topic: Topic) -> list[bytes]:
        """Give the values of a topic, as a read_committed reader sees them."""
        found: list[bytes] = []
        async for records in reader.read(self.clients, self.topics.full_name(topic)):
            found += [record.value or b"" for record in records]
        return found

    async def feed(self, pages: Iterable[bytes], *, key: bytes | None = None) -> None:
        """Put pages on their topic, on the partition of a key or on all."""
        producer = await self.clients.started(self.clients.producer)
        for number, page in enumerate(pages):
            await producer.send_and_wait(
                self.topics.full_name(PAGES), page, key=key or f"page-{number}".encode()
            )
        await producer.stop()


def pages(count: int, *, duplicates: float, seed: int) -> Iterator[bytes]:
    """Yield pages of 50 invented papers in one of the text layouts.

    Args:
        count: of papers, over all pages.
        duplicates: share of papers that repeat an earlier one.
        seed: the same seed, the same pages.
    """
    source = random.Random(seed)
    distinct, listed = 0, []
    for _ in range(count):
        if distinct and source.random() < duplicates:
            number = source.randrange(distinct)
        else:
            number, distinct = distinct, distinct + 1
        one = paper((seed, number), words=40)
        listed.append(f"{one.title}\n{one.abstract}\n")
        if len(listed) == PAPERS_A_PAGE:
            yield (BANNER + "Subscribe" + "".join(listed)).encode()
            listed = []
    if listed:
        yield (BANNER + "Subscribe" + "".join(listed)).encode()
