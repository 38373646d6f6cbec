"""Servers for tests: they answer everybody or, with ``--secure``, their users alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import SecretStr

from services.cli.catalogue import AllSettings
from services.cli.secure import called
from services.common.settings import PREFIX, STACK_OWNER, KafkaSettings, cache_dir
from services.local import access, rights
from services.local.authority import Authority
from services.local.kafka import KafkaServer
from services.local.secure_kafka import SecureKafka
from services.local.secure_valkey import SecureValkey
from services.local.valkey import ValkeyServer

REDIS_USER = "headrace"
PASSWORDS = {user: f"password-of-{user}" for user in (*rights.users(), *rights.REDIS, STACK_OWNER)}


def kafka_server(folder: Path, new_port: Callable[[], int], *, secure: bool) -> KafkaServer:
    """Give a Kafka that has not been started."""
    if not secure:
        return KafkaServer(folder, new_port(), new_port(), cache=cache_dir())
    ports = (new_port(), new_port(), new_port())
    authority = Authority(folder / "authority")
    return SecureKafka(folder, ports, authority, PASSWORDS, cache=cache_dir())


def valkey_server(folder: Path, new_port: Callable[[], int], *, secure: bool) -> ValkeyServer:
    """Give a Valkey that has not been started."""
    if not secure:
        return ValkeyServer(folder, new_port())
    # The namespaces of all tests.
    return SecureValkey(folder, new_port(), PASSWORDS, rights.rules("*"))


def start(server: KafkaServer | ValkeyServer) -> None:
    """Start a server, and return when its users can use it."""
    server.start()
    server.wait_ready()
    if isinstance(server, SecureKafka):
        _wait_for(access.admit(server))


def variables(kafka: KafkaSettings) -> dict[str, str]:
    """Give the environment that says what these settings say."""
    found = {}
    for name, value in kafka.model_dump(exclude_none=True).items():
        told = value.get_secret_value() if isinstance(value, SecretStr) else value
        found[f"{PREFIX}KAFKA__{name.upper()}"] = str(told)
    return found


def login(service: str, kafka: KafkaServer, valkey: ValkeyServer) -> dict[str, str]:
    """Give the variables by which a service is its own user; none where nobody asks."""
    found = {}
    if isinstance(kafka, SecureKafka):
        found |= {
            f"{PREFIX}KAFKA__SASL_USERNAME": service,
            f"{PREFIX}KAFKA__SASL_PASSWORD": PASSWORDS[service],
        }
    if isinstance(valkey, SecureValkey) and service == "dedupe":
        user = f"{REDIS_USER}:{PASSWORDS[REDIS_USER]}"
        found[f"{PREFIX}REDIS__URL"] = f"redis://{user}@{valkey.address}/0"
    return found


def grant(settings: AllSettings, kafka: KafkaServer) -> None:
    """Grant the services what docs/security.md lists, by the names of these settings."""
    if isinstance(kafka, SecureKafka):
        _wait_for(access.allow(kafka, rights.grants(called(settings))))


def _wait_for(what: Coroutine[None, None, None]) -> None:
    """Run it in a thread: this one may have a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, what).result()
