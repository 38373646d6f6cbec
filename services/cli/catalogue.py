"""Every setting of every service: what it is for, its default, its value and where that is from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic_settings import (
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    JsonConfigSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
)

from services.common.address import without_secrets
from services.common.settings import PREFIX
from services.dedupe.settings import DedupeSettings
from services.embed.settings import EmbedSettings
from services.ingest.settings import IngestSettings

HIDDEN = "***"
ORIGINS = {
    EnvSettingsSource: "environment",
    NestedSecretsSettingsSource: "secret file",
    JsonConfigSettingsSource: "local stack",
}


class AllSettings(IngestSettings, DedupeSettings, EmbedSettings):
    """The sections of all services at once."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the code has it; ``default`` is None where there is none."""

    section: str
    name: str
    description: str
    default: Any
    secret: bool

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{PREFIX}{self.section}__{self.name}".upper()


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting with its value, secrets hidden, and where that came from."""

    setting: Setting
    value: Any
    source: str


def catalogue() -> tuple[Setting, ...]:
    """Give every setting, section by section."""
    return tuple(setting for section in AllSettings.model_fields for setting in _section(section))


def effective(settings: AllSettings) -> tuple[Effective, ...]:
    """Give every setting with its value here and now."""
    sources = _sources()
    found = []
    for setting in catalogue():
        value = getattr(getattr(settings, setting.section), setting.name)
        source = next(
            (
                origin
                for origin, held in sources
                if setting.name in (held.get(setting.section) or {})
            ),
            "default",
        )
        found.append(Effective(setting, shown(value), source))
    return tuple(found)


def shown(value: Any) -> Any:
    """Give a value for people and JSON: secrets, also those within an address, are hidden."""
    match value:
        case SecretStr():
            return HIDDEN
        case Path():
            return str(value)
        case str() if "://" in value:
            return without_secrets(value, mask=HIDDEN)
        case _:
            return value


def _section(section: str) -> Iterator[Setting]:
    kind = AllSettings.model_fields[section].annotation
    assert isinstance(kind, type)
    assert issubclass(kind, BaseModel)
    for name, field in kind.model_fields.items():
        assert field.description is not None, f"{section}.{name} needs a description"
        yield Setting(
            section=section,
            name=name,
            description=field.description,
            default=shown(field.default),
            secret=SecretStr in (field.annotation, *get_args(field.annotation)),
        )


def _sources() -> list[tuple[str, dict[str, Any]]]:
    """Give what each source holds, the one that wins first."""
    kind = AllSettings
    sources = kind.settings_customise_sources(
        kind,
        InitSettingsSource(kind, {}),
        EnvSettingsSource(kind),
        DotEnvSettingsSource(kind),
        SecretsSettingsSource(kind),
    )
    return [(ORIGINS[type(source)], source()) for source in sources if type(source) in ORIGINS]
