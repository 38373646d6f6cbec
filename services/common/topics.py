"""The topics as values: what flows where, how long it is kept, and who writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MIB = 1024 * 1024
DAY_MS = 24 * 60 * 60 * 1000

PAGE_BYTES = 8 * MIB
"""The most bytes of one captured page."""

RECORD_BYTES = 1 * MIB
"""The most bytes of one record that Headrace writes, key and headers included."""

HEADER_ROOM = 64 * 1024
"""Room for key, headers and framing around a page or a record of the full size."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, named by its short name everywhere but on the broker.

    A ``label`` tells topics of one short name apart there: the vectors of several models.
    """

    name: str
    key: str
    value: str
    policy: str
    written_by: str
    partitions: int
    max_record_bytes: int
    event_type: str | None = None
    config: Mapping[str, str] = field(default_factory=dict)
    label: str | None = None


PAGES = Topic(
    name="pages",
    key="any (source name)",
    value="the page's bytes as captured, up to 8 MiB",
    policy="delete, 7 days",
    written_by="users",
    partitions=4,
    max_record_bytes=PAGE_BYTES + HEADER_ROOM,
    # Stored as measured: a zstd bomb passes a topic's size limit otherwise.
    config={
        "cleanup.policy": "delete",
        "retention.ms": str(7 * DAY_MS),
        "compression.type": "uncompressed",
    },
)
PAPERS = Topic(
    name="papers",
    key="wording id",
    value="`Paper` JSON",
    policy="delete, 7 days",
    written_by="ingest",
    partitions=4,
    max_record_bytes=RECORD_BYTES,
    event_type="headrace.paper.listed.v1",
    config={"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)},
)
UNIQUE = Topic(
    name="unique",
    key="wording id, partitioned by paper id",
    value="`Paper` JSON",
    policy="compact, never deleted",
    written_by="dedupe",
    partitions=4,
    max_record_bytes=RECORD_BYTES,
    event_type="headrace.paper.unique.v1",
    config={"cleanup.policy": "compact"},
)
SIGHTINGS = Topic(
    name="sightings",
    key="paper id",
    value="`Sighting` JSON",
    policy="delete, 90 days",
    written_by="dedupe",
    partitions=4,
    max_record_bytes=RECORD_BYTES,
    event_type="headrace.paper.sighted.v1",
    config={"cleanup.policy": "delete", "retention.ms": str(90 * DAY_MS)},
)
ENRICHED = Topic(
    name="enriched",
    key="paper id",
    value="`EnrichedPaper` JSON",
    policy="compact",
    written_by="embed",
    partitions=4,
    max_record_bytes=RECORD_BYTES,
    event_type="headrace.paper.enriched.v1",
    config={"cleanup.policy": "compact"},
)
DEAD_LETTER = Topic(
    name="dead-letter",
    key="original key",
    value="original bytes",
    policy="delete, 30 days",
    written_by="all",
    partitions=1,
    max_record_bytes=PAGE_BYTES + MIB,
    config={"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS)},
)

TOPICS: tuple[Topic, ...] = (PAGES, PAPERS, UNIQUE, SIGHTINGS, ENRICHED, DEAD_LETTER)
"""Every topic, in the order in which a paper meets them."""


def topic(name: str) -> Topic:
    """Give a topic by its short name.

    Raises:
        KeyError: there is no topic of this name.
    """
    return _BY_NAME[name]


def broker_config(topic: Topic) -> dict[str, str]:
    """Give the topic's settings on the broker."""
    return {**topic.config, "max.message.bytes": str(topic.max_record_bytes)}


_BY_NAME = {topic.name: topic for topic in TOPICS}
