"""Who may do what on the servers of a secure stack: the tables of docs/security.md as values."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """How things are called here: topics by their short names, groups by their services."""

    topics: dict[str, str]
    groups: dict[str, str]
    topic_prefix: str
    group_prefix: str
    namespace: str


class Grant(msgspec.Struct, frozen=True):
    """One operation on one resource, or on all whose names begin so."""

    resource: str
    pattern: str
    name: str
    operation: str

    def __str__(self) -> str:
        return f"{self.operation} {self.resource} {self.name}"


KAFKA = (
    ("ingest", "topic", "literal", "{pages}", "Read"),
    ("ingest", "topic", "literal", "{papers}", "Read, Write"),
    ("ingest", "topic", "literal", "{dead-letter}", "Read, Write"),
    ("ingest", "group", "literal", "{group.ingest}", "Read"),
    ("ingest", "transactional id", "prefixed", "{group.ingest}.", "Write"),
    ("dedupe", "topic", "literal", "{papers}", "Read"),
    ("dedupe", "topic", "literal", "{unique}", "Read, Write"),
    ("dedupe", "topic", "literal", "{sightings}", "Read, Write"),
    ("dedupe", "topic", "literal", "{dead-letter}", "Read, Write"),
    ("dedupe", "group", "literal", "{group.dedupe}", "Read"),
    ("dedupe", "group", "literal", "{group.dedupe}.lineage", "Read"),
    ("dedupe", "transactional id", "prefixed", "{group.dedupe}.", "Write"),
    ("embed", "topic", "literal", "{unique}", "Read"),
    ("embed", "topic", "literal", "{enriched}", "Read, Write"),
    ("embed", "topic", "literal", "{dead-letter}", "Read, Write"),
    ("embed", "group", "literal", "{group.embed}", "Read"),
    ("embed", "transactional id", "prefixed", "{group.embed}.", "Write"),
    ("feeder", "topic", "literal", "{pages}", "Write"),
    ("operator", "topic", "prefixed", "{topic.}", "Create"),
    ("reader", "topic", "prefixed", "{topic.}", "Read"),
    ("reader", "group", "prefixed", "{group.}", "Describe"),
    ("curator", "topic", "literal", "{papers}", "Read, Write"),
    ("curator", "topic", "literal", "{unique}", "Read"),
    ("curator", "group", "literal", "{group.dedupe}", "Describe"),
    ("redriver", "topic", "literal", "{dead-letter}", "Read, Write"),
    ("redriver", "topic", "literal", "{pages}", "Write"),
    ("redriver", "topic", "literal", "{papers}", "Write"),
    ("redriver", "transactional id", "literal", "{group.}dead-letters", "Write"),
)
"""User, resource, pattern, name and operations; a name in braces is one of ``Names``."""

INDEX = (
    *("evalsha", "script|load", "info", "mget", "get", "set", "del", "unlink", "pexpire", "scan"),
    *("hget", "hgetall", "hset", "hsetnx", "hdel", "hincrby"),
)
"""The commands that dedupe needs."""

LOOK = ("hlen", "hexists", "memory|usage", "object|encoding")
"""Those that ``headrace index`` needs besides."""

ASK = ("evalsha", "script|load", "hget")
"""Those that ``headrace forget`` and ``split`` need: the words that they send go by Kafka."""

REDIS = {"headrace": INDEX, "headrace-index": INDEX + LOOK, "headrace-curator": ASK}


def users() -> tuple[str, ...]:
    """Give Kafka's users but the owner, in the order of the table."""
    return tuple(dict.fromkeys(user for user, *_ in KAFKA))


def grants(names: Names) -> Iterator[tuple[str, Grant]]:
    """Yield what is granted in Kafka, and to whom."""
    called = {f"{{{short}}}": full for short, full in names.topics.items()}
    called |= {f"{{group.{service}}}": group for service, group in names.groups.items()}
    called |= {"{topic.}": f"{names.topic_prefix}.", "{group.}": f"{names.group_prefix}."}
    for user, resource, pattern, template, operations in KAFKA:
        inside, brace, rest = template.partition("}")
        name = called[inside + brace] + rest
        for operation in operations.split(", "):
            yield user, Grant(resource, pattern, name, operation)


def rules(namespace: str) -> dict[str, tuple[str, ...]]:
    """Give the rules of Redis's users but the owner, as ``ACL SETUSER`` takes them."""
    start = ("reset", "on", f"~headrace:{{{namespace}}}:*", "-@all")
    return {
        user: (*start, *(f"+{command}" for command in commands)) for user, commands in REDIS.items()
    }
