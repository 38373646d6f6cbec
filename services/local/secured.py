"""The servers of a secure stack: their keys, their users, and what each may do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.common.settings import SECRETS_DIR
from services.local import kafka, rights, secure_kafka, valkey
from services.local.keys import Keys
from services.local.rights import Names
from services.local.secure_kafka import SecureKafka
from services.local.secure_valkey import SecureValkey
from services.local.servers import Servers


class SecuredServers(Servers):
    """Servers that answer their users alone; the keys are new at each start.

    Args:
        names: how topics and groups are called, for who may use which.
        state: as of ``Servers``, and so the rest.
    """

    secure = True

    def __init__(self, names: Names, state: Path, **more: Any) -> None:
        super().__init__(state, **more)
        self._names = names
        self._keys = Keys(state)

    def prepare(self) -> None:
        """Make the keys.

        Raises:
            BadSetting: there is no openssl.
        """
        self._authority = self._keys.make()

    def make_kafka(self) -> SecureKafka:
        usual = (kafka.USUAL_PORT, secure_kafka.USUAL_TLS_PORT, kafka.USUAL_CONTROLLER_PORT)
        scram, tls, controller = map(self._port, usual)
        self._kafka = self._secure_kafka = SecureKafka(
            self._state / "kafka",
            (scram, tls, controller),
            self._authority,
            self._keys.kafka(),
            cache=self._cache,
            **self._common("kafka"),
        )
        return self._secure_kafka

    def make_valkey(self, program: Path) -> SecureValkey:
        made = SecureValkey(
            self._state / "valkey",
            self._port(valkey.USUAL_PORT),
            self._keys.redis(),
            rights.rules(self._names.namespace),
            program=program,
            **self._common("valkey"),
        )
        self._valkey = made
        return made

    def open(self) -> None:
        self._keys.place(self.redis)
        # Imported here: the client of Kafka is slow to import, and its server starts meanwhile.
        from services.local import access  # noqa: PLC0415

        async def opened() -> None:
            # What an earlier stack was called on the same data is nobody's any more.
            await access.deny_all(self._secure_kafka)
            await access.allow(self._secure_kafka, rights.grants(self._names))
            await access.admit(self._secure_kafka)

        asyncio.run(opened())

    def settings(self) -> dict[str, dict[str, str]]:
        """Give where the servers are; who uses them is said where the passwords are."""
        told = super().settings()
        told["kafka"] |= {
            "security_protocol": "SASL_SSL",
            "ssl_cafile": str(self._keys.cafile),
        }
        told["redis"]["url"] = self.redis
        return told

    def login(self, user: str) -> Mapping[str, str]:
        return {SECRETS_DIR: str(self._keys.of(user))}
