"""Kafka's users and what they may do, as whom Kafka belongs to sets them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from services.common.clients import KafkaClients, close
from services.common.errors import BadSetting, ExitStatus, Fatal
from services.common.settings import STACK_OWNER, KafkaSettings
from services.local.rights import Grant
from services.local.secure_kafka import SecureKafka

# Numbers of Kafka's protocol: kafka.apache.org/protocol, CreateAcls.
RESOURCES = {"topic": 2, "group": 3, "transactional id": 5}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8}
PATTERNS = {"literal": 3, "prefixed": 4}
ALLOW = 3
ANY = 1

SHA_512 = 2
ITERATIONS = 4_096
"""The fewest that Kafka takes; the passwords are random, and need no more."""

KNOWN_SECONDS = 30.0
"""How long the broker may take to read what its controller wrote down."""


class AlteredScram(Response):  # type: ignore[misc]
    """The answer to ``AlterScram``."""

    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class AlterScramStruct(RequestStruct):  # type: ignore[misc]
    """AlterUserScramCredentials, version 0: kafka.apache.org/protocol; the library lacks it."""

    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = AlteredScram
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(
                ("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)
            ),
        ),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class AlterScram(Request[AlterScramStruct]):  # type: ignore[misc]
    """Gives a user a password, by which SCRAM-SHA-512 lets it in from now on."""

    API_KEY = 51

    def __init__(self, user: str, password: str) -> None:
        salt = secrets.token_bytes(32)
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
        self._upsertion: tuple[Any, ...] = (user, SHA_512, ITERATIONS, salt, salted, {})

    def build(self, request_struct_class: type[AlterScramStruct]) -> AlterScramStruct:
        return request_struct_class([], [self._upsertion], {})


async def admit(server: SecureKafka) -> None:
    """Give the users of a server their passwords, and return when they can log in.

    Raises:
        Fatal: Kafka refuses one.
    """
    async with _administering(server) as admin:
        for user, password in server.passwords.items():
            answer = await admin._send_request(AlterScram(user, password))  # noqa: SLF001
            for _, code, message, _ in answer.results:
                _require(code, f"no password for {user}: {message}")
    # They are written in this order, so that all can log in once the last of them can.
    await _let_in(server.by_password(user))


async def allow(server: SecureKafka, rights: Iterable[tuple[str, Grant]]) -> None:
    """Grant something to users.

    Raises:
        Fatal: Kafka refuses one.
    """
    async with _administering(server) as admin:
        for user, grant in rights:
            where = (RESOURCES[grant.resource], grant.name, PATTERNS[grant.pattern])
            what = (OPERATIONS[grant.operation], ALLOW)
            request = CreateAclsRequest(*where, f"User:{user}", "*", *what)
            answer = await admin._send_request(request)  # noqa: SLF001
            for code, message in answer.creation_responses:
                _require(code, f"{grant}: {message}")


async def deny_all(server: SecureKafka) -> None:
    """Take back whatever was granted to anybody.

    Raises:
        Fatal: Kafka refuses it.
    """
    request = DeleteAclsRequest(ANY, None, ANY, None, None, ANY, ANY)
    async with _administering(server) as admin:
        answer = await admin._send_request(request)  # noqa: SLF001
    for code, message, _ in answer.filter_responses:
        _require(code, f"what was granted is not taken back: {message}")


async def _let_in(settings: KafkaSettings) -> None:
    """Return when a user can log in: the broker learns of a password after its controller."""
    clients = KafkaClients(settings)
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        try:
            await close(await clients.started(clients.admin))
        except BadSetting:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return


@asynccontextmanager
async def _administering(server: SecureKafka) -> AsyncIterator[AIOKafkaAdminClient]:
    clients = KafkaClients(server.by_certificate(STACK_OWNER))
    admin = await clients.started(clients.admin)
    try:
        yield admin
    finally:
        await close(admin)


def _require(code: int, what: str) -> None:
    if code:
        raise Fatal(f"Kafka: {for_code(code).__name__}: {what}", ExitStatus.SOFTWARE)
