"""What a secure stack grants is what docs/security.md tells people to grant."""

from __future__ import annotations

from services.cli.catalogue import AllSettings
from services.cli.secure import called
from services.local import rights
from tests import documented


def test_kafka_s_rights_are_the_documented_ones():
    granted = list(rights.grants(called(AllSettings())))
    assert granted == [
        (user, rights.Grant(resource, pattern, name, operation))
        for user, resource, pattern, name, operations in documented.table("service")
        for operation in operations.split(", ")
    ]


def test_redis_s_rights_are_the_documented_ones():
    rules = rights.rules("main")
    assert rules == {user: tuple(documented.redis_rules(user)) for user in rules}


def test_a_label_and_prefixes_of_one_s_own_are_granted_as_they_are_called(monkeypatch):
    for name, value in {
        "TOPICS__PREFIX": "mine",
        "KAFKA__GROUP_PREFIX": "us",
        "DEDUPE__NAMESPACE": "second",
        "EMBED__LABEL": "large",
    }.items():
        monkeypatch.setenv(f"HEADRACE_{name}", value)
    granted = {(user, grant.name) for user, grant in rights.grants(called(AllSettings()))}
    assert {
        ("embed", "mine.enriched.large.v1"),
        ("embed", "us.embed.large"),
        ("dedupe", "us.dedupe.second.lineage"),
        ("dedupe", "us.dedupe.second."),
        ("reader", "mine."),
        ("reader", "us."),
    } <= granted
    assert not any("main" in name or "headrace" in name for _, name in granted)
