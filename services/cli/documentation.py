"""The tables of README.md and docs/, and the JSON Schemas, generated from the code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from services.cli.catalogue import catalogue
from services.common.metrics import METRICS, PREFIX, Metric
from services.common.records import EnrichedPaper, Paper, Sighting
from services.common.settings import TopicSettings
from services.common.topics import TOPICS
from services.ingest.layouts.layout import Layout
from services.ingest.layouts.table import LAYOUTS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: Mapping[str, type[msgspec.Struct]] = {
    "paper": Paper,
    "sighting": Sighting,
    "enriched-paper": EnrichedPaper,
}
VERSION = "v1"


def topics_table() -> str:
    """Give the table of topics by their names on the broker."""
    names = TopicSettings().full_names()
    return _table(
        ("topic", "key", "value", "policy", "written by"),
        ((f"`{names[t.name]}`", t.key, t.value, t.policy, t.written_by) for t in TOPICS),
    )


def settings_table() -> str:
    """Give the table of settings."""
    return _table(
        ("variable", "default", "what it is for"),
        ((f"`{s.variable}`", _default(s.default), s.description) for s in catalogue()),
    )


def metrics_table() -> str:
    """Give the table of metrics."""
    return _table(
        ("metric", "type", "labels", "meaning"),
        (
            (
                f"`{PREFIX}{m.name}`",
                m.kind,
                ", ".join(_label(m, label) for label in m.labels),
                m.help,
            )
            for m in METRICS
        ),
    )


def layouts_table() -> str:
    """Give the table of layouts, each by the first line of its module."""
    return _table(
        ("layout", "made of", "what it reads"),
        ((f"`{layout.name}`", layout.form.value, _first_line(layout)) for layout in LAYOUTS),
    )


TABLES: Mapping[str, Callable[[], str]] = {
    "layouts": layouts_table,
    "topics": topics_table,
    "settings": settings_table,
    "metrics": metrics_table,
}
"""What stands between ``<!-- name -->`` and ``<!-- /name -->``."""

PLACES: Mapping[str, Path] = {
    "layouts": Path("README.md"),
    "topics": Path("README.md"),
    "settings": Path("README.md"),
    "metrics": Path("docs/metrics.md"),
}
"""The file that a table stands in."""


def between(text: str, name: str) -> str | None:
    """Give what stands between the markers of a table, or None where a marker is missing."""
    opening, closing = _markers(name)
    _, found, rest = text.partition(opening)
    inside, closed, _ = rest.partition(closing)
    return inside.strip() if found and closed else None


def refreshed(text: str) -> str:
    """Give the text with every table that it has markers for as the code says."""
    for name, table in TABLES.items():
        opening, closing = _markers(name)
        before, found, rest = text.partition(opening)
        _, closed, after = rest.partition(closing)
        if found and closed:
            text = f"{before}{opening}\n{table()}\n{closing}{after}"
    return text


def schema_files() -> dict[str, bytes]:
    """Give the JSON Schema (2020-12) of each record on the topics, by file name."""
    return {
        f"{name}.{VERSION}.json": msgspec.json.format(msgspec.json.encode(_schema(name)), indent=2)
        + b"\n"
        for name in SCHEMAS
    }


def main(root: Path) -> None:
    """Write both into the project's folder."""
    for file in {root / place for place in PLACES.values()}:
        file.write_text(refreshed(file.read_text()))
    folder = root / "deploy" / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in schema_files().items():
        (folder / name).write_bytes(content)


def _schema(name: str) -> dict[str, object]:
    schema = msgspec.json.schema(SCHEMAS[name])
    for definition in schema["$defs"].values():
        if "description" in definition:
            definition["description"] = inspect.cleandoc(definition["description"])
    return {"$schema": DRAFT, "$id": f"urn:headrace:{name}:{VERSION}"} | schema


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- /{name} -->"


def _first_line(layout: Layout) -> str:
    module = inspect.getmodule(layout.recognise)
    return (inspect.getdoc(module) or "").partition("\n")[0].replace("``", "`")


def _label(metric: Metric, label: str) -> str:
    values = metric.labels[label]
    return f"`{label}`" + (f" ({', '.join(values)})" if values else "")


def _default(value: object) -> str:
    return "" if value is None else f"`{value}`"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main(Path(__file__).parents[2])
