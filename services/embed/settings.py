"""Settings of embed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from services.common.settings import CommonSettings, Section


class EmbedSection(Section):
    label: str = Field(
        "main",
        pattern=r"^[a-z0-9][a-z0-9-]{0,31}$",
        description="name of this model's stream: in its consumer group and transactional ids",
    )
    encoder: Literal["onnx", "fake"] = Field(
        "onnx", description="`fake` gives hash vectors without a model, for load and fault tests"
    )
    model: Path | None = Field(
        None,
        description="folder of the model, or the installed package that holds it; "
        "the installed all-MiniLM-L6-v2 otherwise",
    )
    precision: Literal["fp32", "fp16", "int8"] = Field(
        "fp32", description="of weights and computation; on the CPU int8 is twice as fast as fp32"
    )
    prompt: str | None = Field(
        None, description="put before each text, as `passage: `; the model's own otherwise"
    )
    dimensions: int = Field(
        0, ge=0, description="leading dimensions to keep, for Matryoshka models; 0 keeps all"
    )
    device: Literal["auto", "cpu"] = Field("auto", description="where the model runs")
    threads: int = Field(0, ge=0, description="texts embedded side by side; 0 for each CPU one")
    max_tokens: int = Field(
        384, ge=8, description="where a text is cut; at most the positions that the model has"
    )


class EmbedSettings(CommonSettings):
    embed: EmbedSection = EmbedSection()


def embed_group(settings: EmbedSettings) -> str:
    """Give the consumer group: a model's label has a group, and so an output, of its own."""
    return f"{settings.kafka.group_prefix}.embed.{settings.embed.label}"
