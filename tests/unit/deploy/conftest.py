"""The files of the deployment as values, with the defaults of their variables filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def variables() -> dict[str, str]:
    """Give the variables of docker-compose.yml with their defaults."""
    return dict(VARIABLE.findall((ROOT / "docker-compose.yml").read_text()))


@pytest.fixture(scope="session")
def compose() -> dict[str, Any]:
    """Give docker-compose.yml as it is without a variable set."""
    text = (ROOT / "docker-compose.yml").read_text()
    return yaml.safe_load(VARIABLE.sub(lambda found: found[2] or "", text))


@pytest.fixture(scope="session")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]


@pytest.fixture(scope="session")
def dockerfile() -> list[tuple[str, str]]:
    """Give the instructions of the Dockerfile, each with its words on one line."""
    text = re.sub(
        r"^\s*#.*\n", "", (ROOT / "deploy" / "Dockerfile").read_text(), flags=re.MULTILINE
    )
    lines = text.replace("\\\n", "").splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines) if name]


@pytest.fixture(scope="session")
def instructions(dockerfile: list[tuple[str, str]]) -> Callable[[str], list[str]]:
    """Give what follows each instruction of a name."""
    return lambda name: [rest for found, rest in dockerfile if found == name]


@pytest.fixture(scope="session")
def image_environment(instructions: Callable[[str], list[str]]) -> dict[str, str]:
    """Give the environment that the image sets."""
    words = (word for line in instructions("ENV") for word in line.split())
    return dict(word.split("=", 1) for word in words)


@pytest.fixture(scope="session")
def liveness(instructions: Callable[[str], list[str]]) -> list[str]:
    """Give the command of the image's health check."""
    (check,) = instructions("HEALTHCHECK")
    return json.loads(check.partition("CMD ")[2])
