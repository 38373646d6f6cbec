"""Kafka clients, made in one place: addresses, security and tuning once."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol, TypeVar

import stamina
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError, SaslAuthenticationFailed

from services.common import tls
from services.common.deadline import FORBIDDEN, failure
from services.common.errors import BadSetting, ExitStatus, Fatal
from services.common.settings import KafkaSettings, StreamSettings
from services.common.topics import DEAD_LETTER, MIB, PAGE_BYTES

TRANSACTION_MS = 20_000
"""A dead lane's transaction hides what others wrote after it, until the broker gives it up."""

REQUEST_MS = 20_000
"""Silence after which a connection is given up; longer than a join waits for the other members."""

REASON_MS = 5_000
"""Time to find out why there is no connection."""

REBALANCE_MS = 15_000
"""That a join waits for the other members."""

Isolation = Literal["read_committed", "read_uncommitted"]

NEVER_MS = 24 * 60 * 60 * 1000
"""Out of the way: waiting on Redis, catching up or a long batch is alive; our deadlines watch."""


class Startable(Protocol):
    """What every Kafka client can do."""

    def start(self) -> Awaitable[None]: ...


Client = TypeVar("Client", bound=Startable)


class KafkaClients:
    """Makes clients of one Kafka cluster."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._start_timeout = settings.start_timeout_seconds
        self._compression = None if settings.compression == "none" else settings.compression
        self._servers = settings.bootstrap_servers
        self._common: dict[str, Any] = {
            "bootstrap_servers": settings.bootstrap_servers,
            "request_timeout_ms": REQUEST_MS,
            **_security(settings),
        }

    def reader(self, *, isolation: Isolation = "read_committed") -> AIOKafkaConsumer:
        """Give a consumer without a group: it is assigned by hand and commits nothing."""
        return AIOKafkaConsumer(
            **self._common,
            enable_auto_commit=False,
            isolation_level=isolation,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=MIB,
        )

    def member(self, group: str, stream: StreamSettings) -> AIOKafkaConsumer:
        """Give a consumer that is a member of a group and lets its lanes commit."""
        session_ms = int(stream.session_timeout_seconds * 1000)
        return AIOKafkaConsumer(
            **self._common,
            group_id=group,
            enable_auto_commit=False,
            isolation_level="read_committed",
            # A lane seeks to its committed offset itself; any other start would be a guess.
            auto_offset_reset="none",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 4,
            rebalance_timeout_ms=REBALANCE_MS,
            max_poll_interval_ms=NEVER_MS,
            # One request a broker is in flight: a long wait would hold up the other partitions.
            fetch_max_wait_ms=50,
            # Enough for a whole batch of usual records: small transactions cost three times more.
            max_partition_fetch_bytes=PAGE_BYTES,
        )

    def producer(self, transactional_id: str | None = None) -> AIOKafkaProducer:
        """Give a producer; with a transactional id it fences the earlier one of that id."""
        return AIOKafkaProducer(
            **self._common,
            transactional_id=transactional_id,
            transaction_timeout_ms=TRANSACTION_MS,
            acks="all",
            enable_idempotence=True,
            max_batch_size=MIB,
            max_request_size=DEAD_LETTER.max_record_bytes,
            compression_type=self._compression,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """Give an admin client."""
        return AIOKafkaAdminClient(**self._common)

    async def started(self, make: Callable[[], Client]) -> Client:
        """Make a client and start it, waiting for a Kafka that is not there yet.

        Raises:
            BadSetting: Kafka answers, and refuses who we are.
            Fatal: it does not allow this, or no broker answered within
                ``kafka.start_timeout_seconds``.
        """
        try:
            async for attempt in stamina.retry_context(
                on=KafkaConnectionError, attempts=None, timeout=self._start_timeout, wait_max=2.0
            ):
                with attempt:
                    client = make()
                    try:
                        await client.start()
                    except KafkaConnectionError:
                        await close(client)
                        reason = await self._reason()
                        raise
                    except FORBIDDEN as error:
                        await close(client)
                        raise failure(f"starting a client of {self._servers}", error) from error
                    except BaseException:
                        await close(client)
                        raise
                    return client
        except KafkaConnectionError as error:
            raise Fatal(
                f"no Kafka at {self._servers} within {self._start_timeout:.0f} s ({reason}); start "
                "one (`headrace up`) or set HEADRACE_KAFKA__BOOTSTRAP_SERVERS",
                ExitStatus.UNAVAILABLE,
            ) from error
        raise AssertionError("a retry ends with a client or an error")

    async def _reason(self) -> str:
        """Say why there is no connection, by one more: the client tells its own log alone.

        Raises:
            BadSetting: what is wrong will not pass by itself.
        """
        options = self._common | {"request_timeout_ms": REASON_MS}
        del options["bootstrap_servers"]
        host, port, _ = collect_hosts(self._servers)[0]
        try:
            connection = await create_conn(host, port, **options)
        except SaslAuthenticationFailed as error:
            raise BadSetting(
                "HEADRACE_KAFKA__SASL_USERNAME, HEADRACE_KAFKA__SASL_PASSWORD: "
                f"Kafka refused them: {error}"
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise BadSetting(
                f"HEADRACE_KAFKA__SSL_CAFILE: {host}:{port} is not trusted: {error.verify_message}"
            ) from None
        except (OSError, KafkaError, TimeoutError) as error:
            return f"{type(error).__name__}: {error}"
        connection.close()
        return "it answers now"


async def close(client: Any) -> None:
    """Stop a consumer or producer, or close an admin client."""
    await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())


def _security(settings: KafkaSettings) -> dict[str, Any]:
    options: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if "SSL" in settings.security_protocol:
        options["ssl_context"] = tls.context(settings, "KAFKA")
    if "SASL" in settings.security_protocol:
        password = settings.sasl_password
        if settings.sasl_username is None or password is None:
            raise Fatal(
                "HEADRACE_KAFKA__SASL_USERNAME and HEADRACE_KAFKA__SASL_PASSWORD are needed by "
                f"HEADRACE_KAFKA__SECURITY_PROTOCOL={settings.security_protocol}",
                ExitStatus.CONFIGURATION,
            )
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = password.get_secret_value()
    return options
