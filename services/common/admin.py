"""Topics on the broker: created as their values say, and compared with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.admin import NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from services.common.clients import KafkaClients, close
from services.common.deadline import FORBIDDEN, failure
from services.common.errors import ExitStatus, Fatal
from services.common.settings import KafkaSettings, TopicSettings
from services.common.topics import TOPICS, Topic, broker_config


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the broker has it; ``partitions`` is 0 where it has none."""

    name: str
    full_name: str
    partitions: int


async def create_topics(
    kafka: KafkaSettings,
    topics: TopicSettings,
    *,
    partitions: int | None = None,
    wanted: Sequence[Topic] = TOPICS,
) -> list[str]:
    """Create the topics that are missing and give their short names.

    Args:
        kafka: where.
        topics: how they are called.
        partitions: of each; as many as the topic's value says where absent.
        wanted: the topics.

    Raises:
        Fatal: Kafka is away, or refuses a topic.
    """
    clients = KafkaClients(kafka)
    admin = await clients.started(clients.admin)
    try:
        response = await admin.create_topics(
            [
                NewTopic(
                    topics.full_name(topic),
                    partitions or topic.partitions,
                    topics.replication_factor,
                    topic_configs=broker_config(topic),
                )
                for topic in wanted
            ]
        )
    finally:
        await close(admin)
    created = []
    short_names = {topics.full_name(topic): topic.name for topic in wanted}
    for full_name, code, *detail in response.topic_errors:
        error = for_code(code)
        if code == 0:
            created.append(short_names[full_name])
        elif error in FORBIDDEN:
            raise failure(f"creating {full_name}", error(*detail))
        elif error is not TopicAlreadyExistsError:
            raise Fatal(
                f"Kafka refused to create {full_name}: {error.__name__} {detail[0] or ''}",
                ExitStatus.CONFIGURATION,
            )
    return created


async def show_topics(
    kafka: KafkaSettings, topics: TopicSettings, *, wanted: Sequence[Topic] = TOPICS
) -> list[TopicState]:
    """Give topics as the broker has them."""
    clients = KafkaClients(kafka)
    admin = await clients.started(clients.admin)
    try:
        described = await admin.describe_topics([topics.full_name(topic) for topic in wanted])
    finally:
        await close(admin)
    counts = {entry["topic"]: len(entry["partitions"]) for entry in described}
    return [
        TopicState(topic.name, topics.full_name(topic), counts.get(topics.full_name(topic), 0))
        for topic in wanted
    ]
