"""A Kafka node on this machine: broker and controller in one process, its data in one folder."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import struct
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.common.errors import ExitStatus, Fatal
from services.common.settings import KafkaSettings
from services.local import jars
from services.local.ports import HOST
from services.local.server import Server

USUAL_PORT = 9092
USUAL_CONTROLLER_PORT = 9093
ANSWER_SECONDS = 1.0
FORMAT_SECONDS = 60
LOGGING = Path(__file__).with_name("log4j2.properties")
MACHINE = (
    "-Xms128m",
    "-Xmx384m",
    # A captured page fills many regions of G1 on so small a heap; and it starts with less work.
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
)

# The request of the protocol that every broker answers: ApiVersions (key 18), version 0, with a
# correlation id and an empty client id; kafka.apache.org/protocol.
CORRELATION = 7
API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, CORRELATION, 0)


class KafkaServer(Server):
    """One KRaft node that keeps offsets for ten years and creates no topic by itself.

    Args:
        data: its folder; a node that starts on it again has its topics.
        port: where clients find it, on the loopback.
        controller_port: where it talks to itself.
        cache: the folder under which the jars are kept.
        log: its log file; ``kafka.log`` in the data folder where it is absent.
    """

    # Two seconds of work for two idle cores, half a minute where others use them.
    ready_seconds = 120.0
    stop_seconds = 20.0

    def __init__(
        self,
        data: Path,
        port: int,
        controller_port: int,
        *,
        cache: Path,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("kafka", port, log or data / "kafka.log", environment)
        self.data = data
        self.controller_port = controller_port
        self._cache = cache

    def command(self) -> Sequence[str]:
        """See ``Server.command``; fetches the jars and formats the folder at the first start.

        Raises:
            BadSetting: Java or Maven is missing.
            Fatal: the jars could not be fetched, or the folder not be formatted.
        """
        java = (
            str(jars.java()),
            "-cp",
            f"{jars.fetch(self._cache)}/*",
            f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
        )
        self.data.mkdir(parents=True, exist_ok=True)
        properties = self.data / "server.properties"
        lines = (f"{name}={value}\n" for name, value in self.properties().items())
        properties.write_text("".join(lines))
        if not (self._logs / "meta.properties").exists():
            _format(java, properties)
        return (*java, *MACHINE, "kafka.Kafka", str(properties))

    def answers(self) -> bool:
        return answers(self.address)

    @property
    def _logs(self) -> Path:
        return self.data / "logs"

    def settings(self, **more: object) -> KafkaSettings:
        """Give the settings of whom it belongs to, with more of them."""
        return KafkaSettings(bootstrap_servers=self.address).model_copy(update=more)

    def properties(self) -> dict[str, str]:
        """Give the node's configuration."""
        client, controller = f"PLAINTEXT://{self.address}", f"{HOST}:{self.controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            # Voters by configuration: those in the log would keep the first start's port.
            "controller.quorum.voters": f"1@{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{client},CONTROLLER://{controller}",
            "advertised.listeners": client,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._logs),
            **SINGLE_NODE,
            **SMALL,
        }


SINGLE_NODE = {
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # A misspelt topic is an error, never a new topic.
    "auto.create.topics.enable": "false",
    # Ten years: an empty group loses its offsets after seven days by default.
    "offsets.retention.minutes": str(10 * 366 * 24 * 60),
    "group.initial.rebalance.delay.ms": "0",
    # A worker that died is replaced after its session timeout, which may be short here.
    "group.min.session.timeout.ms": "1000",
    # A killed broker is taken back only when its last session is over: 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # What groups committed is read whole when the broker comes back, and must be read before it is
    # given its partitions anew: else the broker mixes two readings up, and gives offsets from long
    # ago (seen with 5 MB, a reading of two seconds). So it is kept small.
    "offsets.topic.segment.bytes": str(1024 * 1024),
    "log.cleaner.backoff.ms": "1000",
    "log.cleaner.min.cleanable.ratio": "0.2",
}

SMALL = {
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "8",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "4",
    # 128 MiB by default, a third of the heap.
    "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),
}


def answers(address: str, encryption: ssl.SSLContext | None = None) -> bool:
    """Tell whether a broker serves requests; its port opens after it has caught up."""
    host, _, port = address.rpartition(":")
    try:
        with contextlib.ExitStack() as stack:
            connection = socket.create_connection((host, int(port)), ANSWER_SECONDS)
            stack.enter_context(connection)
            if encryption is not None:
                connection = encryption.wrap_socket(connection, server_hostname=host)
                stack.enter_context(connection)
            connection.sendall(API_VERSIONS)
            with contextlib.closing(connection.makefile("rb")) as stream:
                _, correlation, error = struct.unpack(">iih", stream.read(10))
    except (OSError, struct.error):
        return False
    return bool(correlation == CORRELATION and error == 0)


def _format(java: Sequence[str], properties: Path) -> None:
    """Make the node's folder, with a new cluster id.

    Raises:
        Fatal: Kafka's own tool refused; with what it said.
    """
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = (*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}")
    done = subprocess.run(  # noqa: S603
        [*tool, "--config", str(properties)],
        capture_output=True,
        text=True,
        timeout=FORMAT_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise Fatal(f"Kafka's folder could not be formatted: {said}", ExitStatus.CONFIGURATION)
