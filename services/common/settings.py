"""Settings that every service shares, read once at the start.

The environment wins (``HEADRACE_<SECTION>__<NAME>``), then a secret's file, then the local stack's
files in the state directory, then the default. A wrong name or value stops the start and is named.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    JsonConfigSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from services.common.errors import BadSetting
from services.common.topics import TOPICS, Topic

PREFIX = "HEADRACE_"
STATE_DIR = PREFIX + "STATE_DIR"
CACHE_DIR = PREFIX + "CACHE_DIR"
SECRETS_DIR = PREFIX + "SECRETS_DIR"
STACK_SECRETS = "secrets"
STACK_OWNER = "owner"
"""Who may do everything in a secure local stack: whom it belongs to, by its commands."""

SECTIONS = ("kafka", "topics", "stream", "web", "log", "redis", "ingest", "dedupe", "embed")


def state_dir() -> Path:
    """Give the folder of the local stack: its data, logs and addresses."""
    return Path(os.environ.get(STATE_DIR) or platformdirs.user_state_path("headrace")).absolute()


def cache_dir() -> Path:
    """Give the folder of what can be made again: Kafka's jars, model graphs."""
    return Path(os.environ.get(CACHE_DIR) or platformdirs.user_cache_path("headrace")).absolute()


def stack_settings_file() -> Path:
    """Give the file in which a running local stack says where its servers are."""
    return state_dir() / "settings.json"


def stack_secrets_dir() -> Path:
    """Give the folder in which a running local stack keeps its owner's secrets, if it has any."""
    return state_dir() / STACK_SECRETS / STACK_OWNER


class Section(BaseModel):
    """One section of the settings; an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(Section):
    bootstrap_servers: str = Field(
        "127.0.0.1:9092", description="Kafka's addresses, host:port, by commas"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to Kafka"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="how to log in, with a SASL protocol"
    )
    sasl_username: str | None = Field(None, description="who logs in")
    sasl_password: SecretStr | None = Field(None, description="the password")
    ssl_cafile: Path | None = Field(
        None, description="certificates to trust, PEM; the machine's otherwise"
    )
    ssl_certfile: Path | None = Field(None, description="our certificate, PEM")
    ssl_keyfile: Path | None = Field(None, description="the key of our certificate, PEM")
    group_prefix: str = Field(
        "headrace", description="start of consumer groups and transactional ids"
    )
    compression: Literal["zstd", "none"] = Field("zstd", description="of what Headrace writes")
    start_timeout_seconds: float = Field(
        60, gt=0, description="how long a start waits for Kafka before it gives up"
    )


class TopicSettings(Section):
    prefix: str = Field("listings", description="first word of every topic's name")
    version: str = Field("v1", description="last word of every topic's name")
    replication_factor: int = Field(1, ge=1, description="copies, where topics are created")

    def full_name(self, topic: Topic) -> str:
        """Give the topic's name on the broker."""
        label = "" if topic.label is None else f".{topic.label}"
        return f"{self.prefix}.{topic.name}{label}.{self.version}"

    def full_names(self) -> dict[str, str]:
        """Give every topic's name on the broker by its short name."""
        return {topic.name: self.full_name(topic) for topic in TOPICS}


class StreamSettings(Section):
    batch_records: int = Field(2_000, ge=1, description="most records in one transaction")
    batch_bytes: int = Field(
        16 * 1024 * 1024, ge=1, description="most bytes written in one transaction, records whole"
    )
    batch_seconds: float = Field(1.0, gt=0, description="handling time that a batch aims at")
    commit_deadline_seconds: float = Field(
        15.0, gt=0, description="a transaction that takes longer ends the process"
    )
    poll_seconds: float = Field(0.2, gt=0, description="how long one poll waits for records")
    idle_seconds: float = Field(
        0.5, gt=0, description="idle time after which a lane commits its position"
    )
    refusals_per_minute: int = Field(
        1_000,
        ge=0,
        description="records refused in a minute, half of all or more, beyond which a service "
        "stops and is not ready until it is started again; 0 for no bound",
    )
    session_timeout_seconds: float = Field(
        10.0, gt=0, description="silence after which Kafka gives a dead worker's partitions away"
    )


class WebSettings(Section):
    bind: str = Field("127.0.0.1", description="address of /healthz, /readyz and /metrics")
    port: int = Field(0, ge=0, le=65535, description="its port; 0 takes the service's usual one")


class LogSettings(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level")
    format: Literal["console", "json"] = Field("console", description="for people or machines")


class CommonSettings(BaseSettings):
    """The sections of every service."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore", frozen=True
    )

    kafka: KafkaSettings = KafkaSettings()
    topics: TopicSettings = TopicSettings()
    stream: StreamSettings = StreamSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources: list[PydanticBaseSettingsSource] = [init_settings, env_settings]
        sources += [
            NestedSecretsSettingsSource(
                file_secret_settings, secrets_dir=folder, secrets_nested_delimiter="__"
            )
            for folder in _secrets_dirs()
        ]
        sources.append(JsonConfigSettingsSource(settings_cls, json_file=stack_settings_file()))
        return tuple(sources)


def _secrets_dirs() -> list[Path]:
    """Give the folders whose files are secrets, the one that wins first."""
    stack = stack_secrets_dir()
    found = [stack] if stack.is_dir() else []
    if named := os.environ.get(SECRETS_DIR):
        if not Path(named).is_dir():
            raise BadSetting(f"{SECRETS_DIR}: there is no folder {named}")
        found.insert(0, Path(named))
    return found


Settings = TypeVar("Settings", bound=CommonSettings)


def load(kind: Callable[..., Settings], **overrides: Any) -> Settings:
    """Read settings from the environment, the secrets folder and the local stack.

    Raises:
        BadSetting: names every variable that is unknown or has a wrong value.
    """
    _refuse_unknown_sections()
    try:
        return kind(**overrides)
    except ValidationError as error:
        lines = [
            f"{PREFIX}{'__'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise BadSetting("; ".join(lines)) from None


def _refuse_unknown_sections() -> None:
    """Refuse a variable that no service would ever read: most likely it is misspelt.

    Raises:
        BadSetting: names the variable and the sections that there are.
    """
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in (STATE_DIR, CACHE_DIR, SECRETS_DIR):
            continue
        section, separator, _ = name[len(PREFIX) :].lower().partition("__")
        if not separator or section not in SECTIONS:
            known = ", ".join(section.upper() for section in SECTIONS)
            raise BadSetting(
                f"{name}: no such setting; a name is {PREFIX}<SECTION>__<NAME>, "
                f"with a section of {known} (`headrace settings` lists them all)"
            )
