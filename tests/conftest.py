"""Real servers for the tests: one Kafka and one Valkey a run, topics of its own a test."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from services.common.settings import TopicSettings, cache_dir
from services.local.kafka import KafkaServer
from services.local.ports import free_port
from services.local.valkey import ValkeyServer


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
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> Iterator[KafkaServer]:
    """Give a running Kafka; ``address`` is its bootstrap servers."""
    data = tmp_path_factory.mktemp("kafka")
    server = KafkaServer(data, new_port(), new_port(), cache=cache_dir())
    try:
        server.start()
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def valkey(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> Iterator[ValkeyServer]:
    """Give a running Valkey; ``url`` is its address."""
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"), new_port())
    try:
        server.start()
        server.wait_ready()
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
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> AsyncIterator[ValkeyServer]:
    """Give a Valkey of the test's own, which it may end."""
    server = ValkeyServer(tmp_path_factory.mktemp("own-valkey"), new_port())
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_ready)
    yield server
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def own_kafka(
    tmp_path_factory: pytest.TempPathFactory, new_port: Callable[[], int]
) -> AsyncIterator[KafkaServer]:
    """Give a Kafka of the test's own, which it may end or freeze."""
    data = tmp_path_factory.mktemp("own-kafka")
    server = KafkaServer(data, new_port(), new_port(), cache=cache_dir())
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.wait_ready)
    yield server
    await asyncio.to_thread(server.stop)
