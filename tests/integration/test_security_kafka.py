"""The services on a Kafka that lets nobody do more than docs/security.md says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError
from msgspec import structs
from pydantic import SecretStr

from services.common import reader
from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.codec import encode
from services.common.errors import BadSetting, ExitStatus, Fatal
from services.common.host import Service
from services.common.outcomes import InputRecord
from services.common.settings import (
    STACK_OWNER,
    KafkaSettings,
    StreamSettings,
    TopicSettings,
    cache_dir,
)
from services.common.stream import Stream
from services.common.telemetry import Telemetry
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, TOPICS, Topic
from services.dedupe.app import service as dedupe
from services.dedupe.settings import DedupeSection, DedupeSettings, RedisSettings
from services.embed.app import service as embed
from services.embed.settings import EmbedSection, EmbedSettings
from services.ingest.app import service as ingest
from services.ingest.settings import IngestSection, IngestSettings
from services.local import access, rights
from services.local.authority import Authority
from services.local.rights import Grant
from services.local.secure_kafka import SecureKafka
from tests import documented
from tests.invented import paper

SERVICES = ("ingest", "dedupe", "embed")
PATIENCE_SECONDS = 60
ROOT = Path(__file__).parents[2]
PAGES_DIR = ROOT / "deploy/demo/pages"
BAD = b"\x00 neither a page nor a paper"


def grants() -> Iterator[tuple[str, Grant]]:
    """Yield what the page grants, and to whom."""
    for user, resource, pattern, name, operations in documented.table("service"):
        for operation in operations.split(", "):
            yield user, Grant(resource, pattern, name, operation)


GRANTS = list(grants())


@pytest.fixture(scope="module")
def secure(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> Iterator[SecureKafka]:
    """Give a Kafka whose users have a password each, and may do nothing yet."""
    folder = tmp_path_factory.mktemp("secure")
    server = SecureKafka(
        folder / "kafka",
        (new_port(), new_port(), new_port()),
        Authority(folder / "authority"),
        {user: f"password-of-{user}" for user in rights.users()},
        cache=cache_dir(),
    )
    try:
        server.start()
        server.wait_ready()
        asyncio.run(access.admit(server))
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class Town:
    """Topics, groups and an index of one test's own; ``login`` gives the settings of a user."""

    name: str
    secure: SecureKafka
    redis: RedisSettings
    login: Callable[[str], KafkaSettings]

    @property
    def topics(self) -> TopicSettings:
        return TopicSettings(prefix=self.name)

    def kafka(self, user: str) -> KafkaSettings:
        return self.login(user).model_copy(update={"group_prefix": self.name})

    def here(self, grant: Grant) -> Grant:
        """Give the grant by the names of this town."""
        _, dot, rest = grant.name.partition(".")
        name = self.name + dot + rest.replace("dedupe.main", f"dedupe.{self.name}")
        return Grant(grant.resource, grant.pattern, name, grant.operation)

    async def allow(self, found: Sequence[tuple[str, Grant]]) -> None:
        await access.allow(self.secure, [(user, self.here(grant)) for user, grant in found])

    def service(self, name: str) -> Service:
        common: dict[str, Any] = {
            "kafka": self.kafka(name),
            "topics": self.topics,
            "stream": StreamSettings(poll_seconds=0.05, idle_seconds=0.1),
        }
        if name == "ingest":
            return ingest(IngestSettings(**common, ingest=IngestSection(parsers=1)))
        if name == "embed":
            return embed(EmbedSettings(**common, embed=EmbedSection(encoder="fake")))
        section = DedupeSection(namespace=self.name, capacity=1_000)
        return dedupe(DedupeSettings(**common, redis=self.redis, dedupe=section))

    def headrace(self, user: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user."""
        kafka = self.kafka(user).model_dump(exclude_none=True)
        if "sasl_password" in kafka:
            kafka["sasl_password"] = self.secure.passwords[user]
        environment = {
            **os.environ,
            **{f"HEADRACE_KAFKA__{name.upper()}": str(value) for name, value in kafka.items()},
            "HEADRACE_TOPICS__PREFIX": self.name,
            "HEADRACE_DEDUPE__NAMESPACE": self.name,
            "HEADRACE_STATE_DIR": str(self.secure.data / "state"),
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.run(
            [sys.executable, "-m", "services.cli", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    async def feed(self, user: str, topic: Topic, *values: bytes) -> None:
        clients = KafkaClients(self.kafka(user))
        producer = await clients.started(clients.producer)
        for value in values:
            await producer.send_and_wait(self.topics.full_name(topic), value, key=b"key")
        await producer.stop()

    async def records(self, topic: Topic) -> list[InputRecord]:
        clients = KafkaClients(self.secure.by_certificate(STACK_OWNER))
        name = self.topics.full_name(topic)
        return [record async for some in reader.read(clients, name) for record in some]


@contextlib.asynccontextmanager
async def running(description: Service) -> AsyncIterator[asyncio.Task[None]]:
    """Run a service inside the test."""
    telemetry = Telemetry()
    async with description.open(telemetry) as sessions:
        stream = Stream(
            description.route, sessions, settings=description.settings, telemetry=telemetry
        )
        task = asyncio.create_task(stream.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])
            await stream.stop()


@pytest.fixture(params=["password", "certificate"])
def town(request: pytest.FixtureRequest, secure: SecureKafka, redis_url: str) -> Town:
    login = secure.by_password if request.param == "password" else secure.by_certificate
    return Town(f"s{uuid.uuid4().hex[:10]}", secure, RedisSettings(url=redis_url), login)


@pytest.mark.slow
async def test_with_the_documented_grants_a_page_goes_all_the_way(town: Town) -> None:
    await town.allow(GRANTS)
    await create_topics(town.kafka("operator"), town.topics)
    pages = [file.read_bytes() for file in sorted(PAGES_DIR.glob("*.txt"))]
    async with contextlib.AsyncExitStack() as stack:
        tasks = [await stack.enter_async_context(running(town.service(name))) for name in SERVICES]
        await town.feed("feeder", PAGES, *pages, BAD)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (await town.records(ENRICHED) and await town.records(DEAD_LETTER)):
                assert not [task.exception() for task in tasks if task.done()]
                await asyncio.sleep(0.2)
        for command in ("drain", "audit", "stats", "export --topic enriched", "topics show"):
            done = await asyncio.to_thread(town.headrace, "reader", *command.split())
            assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
    (letter,) = await town.records(DEAD_LETTER)
    assert letter.value == BAD


@pytest.mark.parametrize(
    ("user", "missing"),
    [(user, grant) for user, grant in GRANTS if user in SERVICES],
    ids=lambda value: str(value).replace(" ", "-"),
)
async def test_without_one_grant_a_service_stops_and_says_so(
    secure: SecureKafka, redis_url: str, user: str, missing: Grant
) -> None:
    name = f"s{uuid.uuid4().hex[:10]}"
    town = Town(name, secure, RedisSettings(url=redis_url), secure.by_password)
    await town.allow([each for each in GRANTS if each != (user, missing)])
    await create_topics(town.kafka("operator"), town.topics)
    description = town.service(user)
    known = structs.replace(paper(1), paper_id=paper(1).wording_id)
    good = min(PAGES_DIR.glob("*.txt")).read_bytes() if user == "ingest" else encode(known)
    owner = Town(name, secure, town.redis, secure.by_certificate)
    for sink in description.route.sinks:
        # Of somebody else's making, and not empty: it is read before a group's first record.
        if sink.name != "unique":
            await owner.feed(STACK_OWNER, sink, b"{}")
    await owner.feed(STACK_OWNER, description.route.source, good, BAD)
    async with running(description) as task:
        with pytest.raises(Fatal, match=r"docs/security\.md") as stopped:
            await asyncio.wait_for(asyncio.shield(task), PATIENCE_SECONDS)
    assert stopped.value.status is ExitStatus.CONFIGURATION


async def test_who_was_granted_nothing_writes_no_page(secure: SecureKafka, redis_url: str) -> None:
    name = f"s{uuid.uuid4().hex[:10]}"
    town = Town(name, secure, RedisSettings(url=redis_url), secure.by_password)
    await town.allow([each for each in GRANTS if each[0] == "operator"])
    await create_topics(town.kafka("operator"), town.topics)
    with pytest.raises(TopicAuthorizationFailedError):
        await town.feed("feeder", PAGES, b"a page")
    assert await town.records(PAGES) == []


async def test_a_stolen_login_writes_where_its_service_writes_and_nowhere_else(
    secure: SecureKafka, redis_url: str
) -> None:
    name = f"s{uuid.uuid4().hex[:10]}"
    town = Town(name, secure, RedisSettings(url=redis_url), secure.by_password)
    await town.allow(GRANTS)
    await create_topics(town.kafka("operator"), town.topics)
    written = set()
    for topic in TOPICS:
        with contextlib.suppress(TopicAuthorizationFailedError):
            await town.feed("ingest", topic, b"forged")
            written.add(topic.name)
    assert written == {"papers", "dead-letter"}


async def refusal(settings: KafkaSettings) -> Fatal:
    clients = KafkaClients(settings)
    with pytest.raises(Fatal) as refused:
        await clients.started(clients.admin)
    return refused.value


async def test_a_wrong_password_is_told_at_once_and_not_shown(secure: SecureKafka) -> None:
    wrong = SecretStr("planted-5e0c")
    told = await refusal(secure.by_password("ingest", sasl_password=wrong))
    assert isinstance(told, BadSetting)
    assert "HEADRACE_KAFKA__SASL_PASSWORD" in str(told)
    assert "planted-5e0c" not in str(told)


async def test_a_broker_of_another_authority_is_not_spoken_to(
    secure: SecureKafka, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other").cafile
    told = await refusal(secure.by_password("ingest", ssl_cafile=other))
    assert str(told).startswith("HEADRACE_KAFKA__SSL_CAFILE")


async def test_a_broker_of_another_name_is_not_spoken_to(secure: SecureKafka) -> None:
    address = f"localhost:{secure.port}"
    told = await refusal(secure.by_password("ingest", bootstrap_servers=address))
    assert isinstance(told, BadSetting)
    assert "localhost" in str(told)


@pytest.mark.parametrize("why", ["no certificate", "of another authority", "nothing encrypted"])
async def test_who_has_no_certificate_gets_no_connection(
    secure: SecureKafka, tmp_path: Path, why: str
) -> None:
    settings = secure.by_certificate("ingest", start_timeout_seconds=1.0)
    files: dict[str, Any] = {"ssl_certfile": None, "ssl_keyfile": None}
    if why == "of another authority":
        other = Authority(tmp_path, "other").certificate("ingest")
        files = {"ssl_certfile": other.certificate, "ssl_keyfile": other.key}
    if why == "nothing encrypted":
        files["security_protocol"] = "PLAINTEXT"
    told = await refusal(settings.model_copy(update=files))
    assert told.status is ExitStatus.UNAVAILABLE
