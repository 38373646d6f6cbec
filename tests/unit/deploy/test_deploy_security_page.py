"""The tests that docs/security.md names are there."""

from __future__ import annotations

import re

from tests import documented

WHO = (
    "hostile page",
    "hostile producer on a topic",
    "poisoned crawler",
    "neighbour on the network",
    "stolen container",
)
NAMED = re.compile(r"(tests/\S+\.py) (test_\w+)")


def test_every_threat_has_an_answer_and_every_answer_a_test_that_exists(root):
    rows = list(documented.table("who"))
    assert {who for who in WHO if not any(row[0].startswith(who) for row in rows)} == set()
    for row in rows:
        found = NAMED.findall(row[3])
        assert found, row
        for file, name in found:
            assert re.search(rf"^(async )?def {name}\(", (root / file).read_text(), re.MULTILINE), (
                file,
                name,
            )


def test_the_policy_is_where_people_look_for_it(root):
    assert "Reporting" in (root / "SECURITY.md").read_text()
