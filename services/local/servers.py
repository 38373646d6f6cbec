"""The servers that a stack starts of its own, and what its programs must know of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.common.address import without_secrets
from services.local import kafka, stack, valkey
from services.local.kafka import KafkaServer
from services.local.valkey import ValkeyServer


class Servers:
    """Servers that answer everybody on this machine.

    Args:
        state: the stack's folder.
        cache: the folder of Kafka's jars.
        environment: variables of their processes.
        port: gives a free one, near the usual one that it is given.
    """

    secure = False

    def __init__(
        self,
        state: Path,
        *,
        cache: Path,
        environment: Mapping[str, str],
        port: Callable[[int], int],
    ) -> None:
        self._state, self._cache, self._port = state, cache, port
        self._environment = environment
        self._kafka: KafkaServer | None = None
        self._valkey: ValkeyServer | None = None

    @property
    def kafka(self) -> str:
        """Bootstrap servers, empty before there are any."""
        return self._kafka.address if self._kafka else ""

    @property
    def redis(self) -> str:
        """A URL without secrets, empty before there is one."""
        return without_secrets(self._valkey.url) if self._valkey else ""

    def prepare(self) -> None:
        """Make what they need before they are started."""

    def make_kafka(self) -> KafkaServer:
        self._kafka = KafkaServer(
            self._state / "kafka",
            self._port(kafka.USUAL_PORT),
            self._port(kafka.USUAL_CONTROLLER_PORT),
            cache=self._cache,
            **self._common("kafka"),
        )
        return self._kafka

    def make_valkey(self, program: Path) -> ValkeyServer:
        self._valkey = ValkeyServer(
            self._state / "valkey",
            self._port(valkey.USUAL_PORT),
            program=program,
            **self._common("valkey"),
        )
        return self._valkey

    def open(self) -> None:
        """Do what must be done, once they answer, before others can use them."""

    def settings(self) -> dict[str, dict[str, str]]:
        """Give the settings of what was started here; the rest is where the user put it."""
        found: dict[str, dict[str, str]] = {}
        if self._kafka is not None:
            found["kafka"] = {"bootstrap_servers": self._kafka.address}
        if self._valkey is not None:
            found["redis"] = {"url": self._valkey.url}
        return found

    def login(self, user: str) -> Mapping[str, str]:  # noqa: ARG002
        """Give the variables by which a service is this user."""
        return {}

    def _common(self, name: str) -> dict[str, Any]:
        return {
            "log": stack.log_file(self._state, name),
            "environment": self._environment,
        }
