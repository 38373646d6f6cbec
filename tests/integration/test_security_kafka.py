"""The services on a Kafka that lets nobody do more than docs/security.md says."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError
from msgspec import structs
from pydantic import SecretStr

from services.common.admin import create_topics
from services.common.clients import KafkaClients
from services.common.codec import encode
from services.common.errors import BadSetting, ExitStatus, Fatal
from services.common.settings import STACK_OWNER, KafkaSettings
from services.common.topics import DEAD_LETTER, ENRICHED, PAGES, TOPICS
from services.dedupe.settings import RedisSettings
from services.local import access
from services.local.authority import Authority
from services.local.rights import Grant
from services.local.secure_kafka import SecureKafka
from tests.invented import paper
from tests.town import GRANTS, ROOT, SERVICES, Town, running

PATIENCE_SECONDS = 60
PAGES_DIR = ROOT / "deploy/demo/pages"
BAD = b"\x00 neither a page nor a paper"


@pytest.fixture(params=["password", "certificate"])
def town(request: pytest.FixtureRequest, secure_kafka: SecureKafka, redis_url: str) -> Town:
    login = secure_kafka.by_password if request.param == "password" else secure_kafka.by_certificate
    return Town(f"s{uuid.uuid4().hex[:10]}", secure_kafka, RedisSettings(url=redis_url), login)


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
    secure_kafka: SecureKafka, redis_url: str, user: str, missing: Grant
) -> None:
    name = f"s{uuid.uuid4().hex[:10]}"
    town = Town(name, secure_kafka, RedisSettings(url=redis_url), secure_kafka.by_password)
    await town.allow([each for each in GRANTS if each != (user, missing)])
    await create_topics(town.kafka("operator"), town.topics)
    description = town.service(user)
    known = structs.replace(paper(1), paper_id=paper(1).wording_id)
    good = min(PAGES_DIR.glob("*.txt")).read_bytes() if user == "ingest" else encode(known)
    owner = Town(name, secure_kafka, town.redis, secure_kafka.by_certificate)
    for sink in description.route.sinks:
        # Of somebody else's making, and not empty: it is read before a group's first record.
        if sink.name != "unique":
            await owner.feed(STACK_OWNER, sink, b"{}")
    await owner.feed(STACK_OWNER, description.route.source, good, BAD)
    async with running(description) as task:
        with pytest.raises(Fatal, match=r"docs/security\.md") as stopped:
            await asyncio.wait_for(asyncio.shield(task), PATIENCE_SECONDS)
    assert stopped.value.status is ExitStatus.CONFIGURATION


async def test_who_was_granted_nothing_writes_no_page(
    secure_kafka: SecureKafka, redis_url: str
) -> None:
    name = f"s{uuid.uuid4().hex[:10]}"
    town = Town(name, secure_kafka, RedisSettings(url=redis_url), secure_kafka.by_password)
    await town.allow([each for each in GRANTS if each[0] == "operator"])
    await create_topics(town.kafka("operator"), town.topics)
    with pytest.raises(TopicAuthorizationFailedError):
        await town.feed("feeder", PAGES, b"a page")
    assert await town.records(PAGES) == []


async def test_a_stolen_login_writes_where_its_service_writes_and_nowhere_else(
    secure_kafka: SecureKafka, redis_url: str
) -> None:
    name = f"s{uuid.uuid4().hex[:10]}"
    town = Town(name, secure_kafka, RedisSettings(url=redis_url), secure_kafka.by_password)
    await town.allow(GRANTS)
    await create_topics(town.kafka("operator"), town.topics)
    written = set()
    for topic in TOPICS:
        with contextlib.suppress(TopicAuthorizationFailedError):
            await town.feed("ingest", topic, b"forged")
            written.add(topic.name)
    assert written == {"papers", "dead-letter"}


async def test_what_was_granted_is_taken_back(secure_kafka: SecureKafka, redis_url: str) -> None:
    name = f"s{uuid.uuid4().hex[:10]}"
    town = Town(name, secure_kafka, RedisSettings(url=redis_url), secure_kafka.by_password)
    await town.allow(GRANTS)
    await create_topics(town.kafka("operator"), town.topics)
    await town.feed("feeder", PAGES, b"a page")
    await access.deny_all(secure_kafka)
    with pytest.raises(Fatal) as refused:
        await town.feed("feeder", PAGES, b"another")
    assert refused.value.status is ExitStatus.CONFIGURATION
    assert len(await town.records(PAGES)) == 1


async def refusal(settings: KafkaSettings) -> Fatal:
    clients = KafkaClients(settings)
    with pytest.raises(Fatal) as refused:
        await clients.started(clients.admin)
    return refused.value


async def test_a_wrong_password_is_told_at_once_and_not_shown(secure_kafka: SecureKafka) -> None:
    wrong = SecretStr("planted-5e0c")
    told = await refusal(secure_kafka.by_password("ingest", sasl_password=wrong))
    assert isinstance(told, BadSetting)
    assert "HEADRACE_KAFKA__SASL_PASSWORD" in str(told)
    assert "planted-5e0c" not in str(told)


async def test_a_broker_of_another_authority_is_not_spoken_to(
    secure_kafka: SecureKafka, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other").cafile
    told = await refusal(secure_kafka.by_password("ingest", ssl_cafile=other))
    assert str(told).startswith("HEADRACE_KAFKA__SSL_CAFILE")


async def test_a_broker_of_another_name_is_not_spoken_to(secure_kafka: SecureKafka) -> None:
    address = f"localhost:{secure_kafka.port}"
    told = await refusal(secure_kafka.by_password("ingest", bootstrap_servers=address))
    assert isinstance(told, BadSetting)
    assert "localhost" in str(told)


@pytest.mark.parametrize("why", ["no certificate", "of another authority", "nothing encrypted"])
async def test_who_has_no_certificate_gets_no_connection(
    secure_kafka: SecureKafka, tmp_path: Path, why: str
) -> None:
    settings = secure_kafka.by_certificate("ingest", start_timeout_seconds=1.0)
    files: dict[str, Any] = {"ssl_certfile": None, "ssl_keyfile": None}
    if why == "of another authority":
        other = Authority(tmp_path, "other").certificate("ingest")
        files = {"ssl_certfile": other.certificate, "ssl_keyfile": other.key}
    if why == "nothing encrypted":
        files["security_protocol"] = "PLAINTEXT"
    told = await refusal(settings.model_copy(update=files))
    assert told.status is ExitStatus.UNAVAILABLE
