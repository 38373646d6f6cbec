"""A Kafka and a Valkey that each service reaches by a network of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.common.settings import cache_dir
from services.local.kafka import KafkaServer
from services.local.ports import HOST
from services.local.valkey import ValkeyServer
from tests.faults.network import Proxy


class LinkedKafka(KafkaServer):
    """A node that has a listener for each service besides its own.

    A client goes on with the address that the broker advertises on the listener by which it came:
    it is the proxy's, so that nothing passes it by.

    Args:
        data: its folder.
        new_port: gives a free port.
        services: that have a listener each.
    """

    def __init__(self, data: Path, new_port: Callable[[], int], services: Sequence[str]) -> None:
        super().__init__(data, new_port(), new_port(), cache=cache_dir())
        self.links = {service: Proxy(new_port(), new_port()) for service in services}

    def properties(self) -> dict[str, str]:
        own = super().properties()
        names = {service.upper(): proxy for service, proxy in self.links.items()}
        behind = [f"{name}://{HOST}:{proxy.upstream}" for name, proxy in names.items()]
        before = [f"{name}://{proxy.address}" for name, proxy in names.items()]
        plain = [f"{name}:PLAINTEXT" for name in names]
        return own | {
            "listeners": ",".join((own["listeners"], *behind)),
            "advertised.listeners": ",".join((own["advertised.listeners"], *before)),
            "listener.security.protocol.map": ",".join(
                (own["listener.security.protocol.map"], *plain)
            ),
            "inter.broker.listener.name": "PLAINTEXT",
        }


class Links:
    """The networks between the services of a pipeline and their servers.

    Args:
        kafka: with a listener for each service.
        valkey: the index of dedupe.
        new_port: gives a free port.
    """

    def __init__(
        self, kafka: LinkedKafka, valkey: ValkeyServer, new_port: Callable[[], int]
    ) -> None:
        self._to_kafka = kafka.links
        self._to_valkey = Proxy(new_port(), valkey.port)

    async def start(self) -> None:
        for proxy in (*self._to_kafka.values(), self._to_valkey):
            await proxy.start()

    async def stop(self) -> None:
        for proxy in (*self._to_kafka.values(), self._to_valkey):
            await proxy.stop()

    def between(self, service: str, server: str) -> Proxy:
        """Give the network between a service and a server."""
        return self._to_kafka[service] if server == "kafka" else self._to_valkey

    def settings(self, service: str) -> Mapping[str, str]:
        """Give the settings by which a service reaches its servers."""
        return {
            "HEADRACE_KAFKA__BOOTSTRAP_SERVERS": self._to_kafka[service].address,
            "HEADRACE_REDIS__URL": f"redis://{self._to_valkey.address}/0",
        }
