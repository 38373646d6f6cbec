"""Settings of embed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from pydantic import Field

from services.common.settings import CommonSettings, Section
from services.common.topics import ENRICHED, Topic

MAIN = "main"
"""The label of the model whose topic has no label in its name."""


class EmbedSection(Section):
    label: str = Field(
        MAIN,
        pattern=r"^[a-z0-9][a-z0-9-]{0,31}$",
        description="name of this model's stream: in its consumer group and, for any but `main`, "
        "in the name of its `enriched` topic",
    )
    encoder: Literal["onnx", "fake"] = Field(
        "onnx", description="`fake` gives hash vectors without a model, for load and fault tests"
    )
    model: Path | None = Field(
        None,
        description="folder of the model, or the installed package that holds it; "
        "the installed all-MiniLM-L6-v2 otherwise",
    )
    precision: Literal["auto", "fp32", "fp16", "int8"] = Field(
        "auto",
        description="of weights and computation: `auto` is fp32 on the CPU, where int8 is twice as "
        "fast, and fp16 on a GPU",
    )
    prompt: str | None = Field(
        None, description="put before each text, as `passage: `; the model's own otherwise"
    )
    dimensions: int = Field(
        0, ge=0, description="leading dimensions to keep, for Matryoshka models; 0 keeps all"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="where the model runs; `auto` takes a GPU where one can be used"
    )
    batch_tokens: int = Field(
        16_384, ge=1, description="tokens in one batch on a GPU, padding included"
    )
    gpu_memory_mib: int = Field(
        0, ge=0, description="the most that a GPU's memory is taken for; 0 for no bound"
    )
    threads: int = Field(0, ge=0, description="texts embedded side by side; 0 for each CPU one")
    texts_per_second: float = Field(
        0, ge=0, description="the most that a process embeds; 0 for no bound"
    )
    max_tokens: int = Field(
        384, ge=8, description="where a text is cut; at most the positions that the model has"
    )


class EmbedSettings(CommonSettings):
    embed: EmbedSection = EmbedSection()


def embed_group(settings: EmbedSettings) -> str:
    """Give the consumer group: a model's label has a group, and so an output, of its own."""
    return group_prefix(settings) + settings.embed.label


def group_prefix(settings: EmbedSettings) -> str:
    """Give what the groups of all models begin with; the label follows."""
    return f"{settings.kafka.group_prefix}.embed."


def enriched_topic(settings: EmbedSettings) -> Topic:
    """Give the topic that this model writes."""
    label = settings.embed.label
    return ENRICHED if label == MAIN else dataclasses.replace(ENRICHED, label=label)
