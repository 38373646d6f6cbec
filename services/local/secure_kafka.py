"""A Kafka that lets in whom it knows, and lets them do what they were granted."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from services.common.settings import STACK_OWNER, KafkaSettings
from services.local.authority import Authority
from services.local.kafka import KafkaServer, answers
from services.local.ports import HOST

USUAL_TLS_PORT = 9094


class SecureKafka(KafkaServer):
    """SASL_SSL with SCRAM on ``port``, SSL with certificates on ``tls_port``, ACLs on both.

    It knows its owner by a certificate alone until ``services.local.access`` admits others.

    Args:
        data: its folder.
        ports: for SCRAM, for certificates, and for the controller.
        authority: signs what the broker shows, and whom it lets in.
        passwords: of those who are to log in by SCRAM.
        cache: as of ``KafkaServer``, and so the rest.
    """

    def __init__(
        self,
        data: Path,
        ports: tuple[int, int, int],
        authority: Authority,
        passwords: Mapping[str, str],
        *,
        cache: Path,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, ports[0], ports[2], cache=cache, log=log, environment=environment)
        self.tls_port = ports[1]
        self.authority = authority
        self.passwords = passwords
        self.owner = authority.certificate(STACK_OWNER)
        self._files = self.owner.together(authority.cafile.with_name("broker.pem"))

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
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{STACK_OWNER}",
        }

    def answers(self) -> bool:
        return answers(self.address, ssl.create_default_context(cafile=self.authority.cafile))

    def settings(self, **more: object) -> KafkaSettings:
        return self.by_password(STACK_OWNER, **more)

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
        shown = self.owner if user == STACK_OWNER else self.authority.certificate(user)
        return KafkaSettings(
            bootstrap_servers=f"{HOST}:{self.tls_port}",
            security_protocol="SSL",
            ssl_cafile=self.authority.cafile,
            ssl_certfile=shown.certificate,
            ssl_keyfile=shown.key,
            start_timeout_seconds=30,
        ).model_copy(update=more)
