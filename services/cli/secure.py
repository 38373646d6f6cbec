"""What a secure stack must be told before it starts: how things are called here."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from services.cli.catalogue import AllSettings
from services.cli.cluster import Cluster
from services.common.clients import KafkaClients
from services.common.errors import BadSetting
from services.common.settings import PREFIX, SECRETS_DIR, load
from services.local import authority
from services.local.rights import Names

Secure = Annotated[
    bool, typer.Option("--secure", help="Servers with TLS, logins and rights, as in production.")
]

SET_HERE = (
    SECRETS_DIR,
    *(
        f"{PREFIX}KAFKA__{name}"
        for name in ("BOOTSTRAP_SERVERS", "SECURITY_PROTOCOL", "SASL_", "SSL_")
    ),
    *(f"{PREFIX}REDIS__{name}" for name in ("URL", "PASSWORD", "SENTINELS", "SSL_")),
)
"""How variables begin that a secure stack sets itself, or that lead to other servers."""


def names(*, secure: bool) -> Names | None:
    """Give how things are called here, or None where nobody asks for a secure stack.

    Raises:
        BadSetting: there is no openssl, or the environment tells of other servers or secrets.
    """
    if not secure:
        return None
    authority.program()
    if theirs := sorted(name for name in os.environ if name.startswith(SET_HERE)):
        raise BadSetting(
            f"{', '.join(theirs)}: --secure starts servers with keys of their own; unset it, or "
            "leave --secure out"
        )
    return called(load(AllSettings))


def called(settings: AllSettings) -> Names:
    """Give how things are called by these settings."""
    cluster = Cluster(settings, KafkaClients(settings.kafka))
    return Names(
        topics={topic.name: cluster.full_name(topic.name) for topic in cluster.topics()},
        groups={stage.name: stage.group for stage in cluster.stages()},
        topic_prefix=settings.topics.prefix,
        group_prefix=settings.kafka.group_prefix,
        namespace=settings.dedupe.namespace,
    )
