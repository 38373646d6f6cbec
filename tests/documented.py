"""What docs/security.md tells people to type, so that tests do just that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "security.md"


def redis_rules(user: str) -> list[str]:
    """Give the rules of the ``ACL SETUSER`` of a user, its password left out."""
    (block,) = re.findall(rf"^ACL SETUSER {user} (.+(?:\n .+)*)", PAGE.read_text(), re.MULTILINE)
    return [rule for rule in block.split() if not rule.startswith(">")]


def table(heading: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table that begins with a heading, without their quotes."""
    _, found, rest = PAGE.read_text().partition(f"| {heading} |")
    assert found, heading
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            return
        yield tuple(cell.strip().replace("`", "") for cell in line.strip("|").split("|"))
