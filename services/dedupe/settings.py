"""Settings of dedupe and of its index."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from services.common.settings import CommonSettings, Section


class RedisSettings(Section):
    url: str = Field(
        "redis://127.0.0.1:6379/0", description="Redis or Valkey, redis:// or rediss://"
    )
    password: SecretStr | None = Field(None, description="the password, if the server asks for one")
    ssl_cafile: Path | None = Field(
        None, description="certificates to trust with rediss://, PEM; the machine's otherwise"
    )
    ssl_certfile: Path | None = Field(None, description="our certificate, PEM")
    ssl_keyfile: Path | None = Field(None, description="the key of our certificate, PEM")
    sentinels: str | None = Field(
        None,
        pattern=r"^[^,:\s]+:\d+(,[^,:\s]+:\d+)*$",
        description="host:port of each Sentinel, with commas between: they tell where the primary "
        "is, and of the URL user, database and TLS are left",
    )
    service: str = Field("headrace", description="name of the primary at the Sentinels")
    timeout_seconds: float = Field(5.0, gt=0, description="silence after which a call is given up")


class DedupeSection(Section):
    namespace: str = Field(
        "main", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="name of the index within Redis"
    )
    capacity: int = Field(
        10_000_000,
        ge=1_000,
        description="papers that the index is laid out for; fixed for a namespace's life",
    )
    revisions: Literal["emit", "sight"] = Field(
        "emit",
        description="whether a paper that is listed with more than before is emitted again",
    )


class DedupeSettings(CommonSettings):
    redis: RedisSettings = RedisSettings()
    dedupe: DedupeSection = DedupeSection()


def dedupe_group(settings: DedupeSettings) -> str:
    """Give the consumer group: an index namespace of its own has a group of its own."""
    return f"{settings.kafka.group_prefix}.dedupe.{settings.dedupe.namespace}"
