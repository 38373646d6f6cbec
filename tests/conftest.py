"""Real servers for the tests: one Kafka and one Valkey a run, topics of its own a test.

With ``--secure`` they let in whom they know: tests are their owner, services users of their own.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from services.common.settings import TopicSettings
from services.local.kafka import KafkaServer
from services.local.ports import free_port
from services.local.secure_kafka import SecureKafka
from services.local.valkey import ValkeyServer
from tests import servers


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--secure",
        action="store_true",
        help="run against servers with TLS, logins and rights, as `headrace up --secure` starts",
    )


@pytest.fixture(scope="session")
def secure(request: pytest.FixtureRequest) -> bool:
    """Tell whether servers let in whom they know alone."""
    return bool(request.config.getoption("--secure"))


@pytest.fixture(scope="session")
def new_port() -> Callable[[], int]:
    """Give ports that nobody uses, far from the usual ones; runs side by side do not meet."""
    taken: set[int] = set()

    def choose() -> int:
        port = free_port(random.randrange(12_000, 32_000), taken=taken)
        taken.add(port)
        return port

    return choose


@pytest.fixture(scope="session")
def kafka(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int], secure: bool
) -> Iterator[KafkaServer]:
    """Give a running Kafka; ``settings`` are those of its owner."""
    server = servers.kafka_server(tmp_path_factory.mktemp("kafka"), new_port, secure=secure)
    try:
        servers.start(server)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def secure_kafka(
    kafka: KafkaServer, tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> Iterator[SecureKafka]:
    """Give a Kafka whose users have a password each, and may do what a test grants them."""
    if isinstance(kafka, SecureKafka):
        yield kafka
        return
    server = servers.kafka_server(tmp_path_factory.mktemp("secure-kafka"), new_port, secure=True)
    assert isinstance(server, SecureKafka)
    try:
        servers.start(server)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def valkey(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int], secure: bool
) -> Iterator[ValkeyServer]:
    """Give a running Valkey; ``url`` is its address for its owner."""
    server = servers.valkey_server(tmp_path_factory.mktemp("valkey"), new_port, secure=secure)
    try:
        servers.start(server)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def redis_url(valkey: ValkeyServer) -> str:
    return valkey.url


@pytest.fixture
def topic_settings() -> TopicSettings:
    """Give topic names that no other test uses."""
    return TopicSettings(prefix=f"t{uuid.uuid4().hex[:12]}")


@pytest.fixture
async def server(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int], secure: bool
) -> AsyncIterator[ValkeyServer]:
    """Give a Valkey of the test's own, which it may end."""
    server = servers.valkey_server(tmp_path_factory.mktemp("own-valkey"), new_port, secure=secure)
    await asyncio.to_thread(servers.start, server)
    yield server
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def own_kafka(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int], secure: bool
) -> AsyncIterator[KafkaServer]:
    """Give a Kafka of the test's own, which it may end or freeze."""
    server = servers.kafka_server(tmp_path_factory.mktemp("own-kafka"), new_port, secure=secure)
    await asyncio.to_thread(servers.start, server)
    yield server
    await asyncio.to_thread(server.stop)
