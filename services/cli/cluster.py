"""What a command talks to: the Kafka of the settings, its topics, and the stages that read them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from services.cli.catalogue import AllSettings
from services.cli.options import choose_state
from services.common import topics
from services.common.admin import TopicState, create_topics, show_topics
from services.common.clients import KafkaClients
from services.common.errors import ExitStatus, Fatal
from services.common.settings import load
from services.common.topics import ENRICHED, Topic
from services.dedupe.settings import dedupe_group
from services.embed.settings import embed_group, enriched_topic
from services.ingest.settings import ingest_group

APPEAR_SECONDS = 2.0
"""How long after its creation a topic may still be unknown to a broker."""

LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """One service as its neighbours see it; ``source`` is the topic's short name."""

    name: str
    group: str
    source: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """The Kafka of the settings."""

    settings: AllSettings
    clients: KafkaClients

    def full_name(self, topic: str) -> str:
        """Give the name on the broker of a topic's short name."""
        (found,) = (each for each in self.topics() if each.name == topic)
        return self.settings.topics.full_name(found)

    def topics(self) -> tuple[Topic, ...]:
        """Give every topic, ``enriched`` being that of the model whose label is set."""
        return tuple(self.enriched() if each is ENRICHED else each for each in topics.TOPICS)

    def enriched(self) -> Topic:
        """Give the topic of the model whose label is set."""
        return enriched_topic(self.settings)

    async def show_topics(self) -> list[TopicState]:
        """Give every topic as the broker has it."""
        settings = self.settings
        return await show_topics(settings.kafka, settings.topics, wanted=self.topics())

    async def create_topics(self) -> list[str]:
        """Create the topics that are missing and give their short names."""
        settings = self.settings
        return await create_topics(settings.kafka, settings.topics, wanted=self.topics())

    def stages(self) -> tuple[Stage, ...]:
        """Give the stages, in the order in which a paper meets them."""
        return (
            Stage("ingest", ingest_group(self.settings), topics.PAGES.name),
            Stage("dedupe", dedupe_group(self.settings), topics.PAPERS.name),
            Stage("embed", embed_group(self.settings), topics.UNIQUE.name),
        )

    async def require(self, *names: str) -> None:
        """Refuse to go on without these topics: some brokers would make them, and wrongly.

        Raises:
            Fatal: names those that are missing.
        """
        deadline = time.monotonic() + APPEAR_SECONDS
        while missing := await self._missing(names):
            if time.monotonic() > deadline:
                raise Fatal(
                    f"no topic {', '.join(missing)} at {self.settings.kafka.bootstrap_servers}; "
                    "`headrace topics create` makes it, `headrace up` starts a stack that has it; "
                    "or this user may not see it: docs/security.md lists what it must be allowed",
                    ExitStatus.CONFIGURATION,
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def _missing(self, names: Collection[str]) -> list[str]:
        found = await self.show_topics()
        return [each.full_name for each in found if each.name in names and not each.partitions]


def enter(state: Path | None) -> Cluster:
    """Read the settings, of the local stack in ``state`` where one is given.

    Raises:
        BadSetting: see ``services.common.settings.load``.
    """
    choose_state(state)
    settings = load(AllSettings)
    return Cluster(settings, KafkaClients(settings.kafka))
