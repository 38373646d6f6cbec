"""A Kafka that lets in whom it knows, and lets them do what they were granted."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest
from pydantic import SecretStr

from services.common.clients import KafkaClients, close
from services.common.settings import KafkaSettings, cache_dir
from services.local.kafka import KafkaServer, answers
from services.local.ports import HOST
from tests.authority import Authority

OWNER = "owner"
"""Who may do everything: the broker itself, and the test by the broker's certificate."""

RESOURCES = {"topic": 2, "group": 3, "cluster": 4, "transactional id": 5}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "IdempotentWrite": 12}
PATTERNS = {"literal": 3, "prefixed": 4}
"""Numbers of Kafka's protocol: kafka.apache.org/protocol, CreateAcls."""
ALLOW = 3


@dataclass(frozen=True)
class Grant:
    """One operation on one resource, or on all whose names begin so."""

    resource: str
    pattern: str
    name: str
    operation: str

    def __str__(self) -> str:
        return f"{self.operation} {self.resource} {self.name}"


class SecureKafka(KafkaServer):
    """SASL_SSL with SCRAM on ``port``, SSL with certificates on ``tls_port``, ACLs on both.

    Args:
        data: its folder.
        ports: for SCRAM, for certificates, and for the controller.
        authority: signs what the broker shows, and whom it lets in.
        passwords: of those who log in by SCRAM.
    """

    def __init__(
        self,
        data: Path,
        ports: tuple[int, int, int],
        authority: Authority,
        passwords: Mapping[str, str],
    ) -> None:
        super().__init__(data, ports[0], ports[2], cache=cache_dir())
        self.tls_port = ports[1]
        self.authority = authority
        self.passwords = passwords
        self.owner = authority.certificate(OWNER)
        self._files = self.owner.together(authority.cafile.with_name("broker.pem"))

    def format_options(self) -> Sequence[str]:
        return [
            f"--add-scram=SCRAM-SHA-512=[name={user},password={password}]"
            for user, password in self.passwords.items()
        ]

    def properties(self) -> dict[str, str]:
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        listeners = f"SASL_SSL://{self.address},SSL://{HOST}:{self.tls_port}"
        return {
            **super().properties(),
            "listeners": f"{listeners},CONTROLLER://{HOST}:{self.controller_port}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SSL",
            "inter.broker.listener.name": "SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": login,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._files),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.cafile),
            "listener.name.ssl.ssl.client.auth": "required",
            "listener.name.controller.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": r"RULE:^CN=([^,]+).*$/$1/,DEFAULT",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{OWNER}",
        }

    def answers(self) -> bool:
        return answers(self.address, ssl.create_default_context(cafile=self.authority.cafile))

    def by_password(self, user: str, **more: object) -> KafkaSettings:
        """Give the settings of who logs in by SCRAM."""
        return KafkaSettings(
            bootstrap_servers=self.address,
            security_protocol="SASL_SSL",
            sasl_username=user,
            sasl_password=SecretStr(self.passwords[user]),
            ssl_cafile=self.authority.cafile,
            start_timeout_seconds=30,
        ).model_copy(update=more)

    def by_certificate(self, user: str, **more: object) -> KafkaSettings:
        """Give the settings of who shows a certificate."""
        shown = self.owner if user == OWNER else self.authority.certificate(user)
        return KafkaSettings(
            bootstrap_servers=f"{HOST}:{self.tls_port}",
            security_protocol="SSL",
            ssl_cafile=self.authority.cafile,
            ssl_certfile=shown.certificate,
            ssl_keyfile=shown.key,
            start_timeout_seconds=30,
        ).model_copy(update=more)

    async def allow(self, user: str, grants: Iterable[Grant]) -> None:
        """Grant something to a user."""
        clients = KafkaClients(self.by_certificate(OWNER))
        admin = await clients.started(clients.admin)
        try:
            for grant in grants:
                answer = await admin._send_request(
                    CreateAclsRequest(*_resource(grant), f"User:{user}", "*", *_right(grant))
                )
                for code, message in answer.creation_responses:
                    assert code == 0, f"{grant}: {for_code(code).__name__} {message}"
        finally:
            await close(admin)

    async def deny(self, user: str, grant: Grant) -> None:
        """Take back what was granted."""
        clients = KafkaClients(self.by_certificate(OWNER))
        admin = await clients.started(clients.admin)
        try:
            answer = await admin._send_request(
                DeleteAclsRequest(*_resource(grant), f"User:{user}", "*", *_right(grant))
            )
            for code, message, matching in answer.filter_responses:
                assert code == 0, message
                assert len(matching) == 1, grant
        finally:
            await close(admin)


def _resource(grant: Grant) -> tuple[int, str, int]:
    return RESOURCES[grant.resource], grant.name, PATTERNS[grant.pattern]


def _right(grant: Grant) -> tuple[int, int]:
    return OPERATIONS[grant.operation], ALLOW
